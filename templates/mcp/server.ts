/** A server of the Model Context Protocol, in a process of its own. Any other command may stand in its place. */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

serveStdio(() => {
  const server = new McpServer({ name: "my-connector", version: "0.1.0" });
  server.registerTool(
    "greet",
    { description: "Greets somebody", inputSchema: z.object({ name: z.string() }) },
    ({ name }) => ({ content: [{ type: "text", text: `Hello, ${name}!` }] }),
  );
  return server;
});
