// A server of the Model Context Protocol that misbehaves when it is asked to. Arguments: how it starts.
import { existsSync, writeFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import * as z from "zod";

const [how = "well", file = ""] = process.argv.slice(2);
if (how === "dies") process.exit(3);
// Well at its first start only.
if (how === "once") {
  if (existsSync(file)) process.exit(3);
  writeFileSync(file, "");
}
if (how === "never") setInterval(() => {}, 1_000);

let goOn = () => {};
const text = (words) => ({ content: [{ type: "text", text: words }] });

function make() {
  const server = new McpServer({ name: "the double/1", version: "7.0.0" });
  server.registerTool(
    "say",
    {
      description: "Says it",
      inputSchema: z.object({ words: z.string() }),
      annotations: { readOnlyHint: true },
    },
    ({ words }) => text(words),
  );
  server.registerTool("pid", { outputSchema: z.object({ pid: z.int() }) }, () => ({
    ...text(`{"pid":${process.pid}}`),
    structuredContent: { pid: process.pid },
  }));
  server.registerTool("fail", { description: "Fails" }, () => ({ ...text("no such page"), isError: true }));
  server.registerTool("look", { description: "Looks" }, () => ({
    content: [
      { type: "text", text: "a picture" },
      { type: "image", mimeType: "image/png", data: "AQID" },
    ],
  }));
  server.registerTool("die", { description: "Dies" }, () => process.exit(1));
  server.registerTool("hang", { description: "Hangs" }, () => {
    for (;;);
  });
  server.registerTool("wait", { description: "Waits until it is cancelled" }, (context) => {
    const { promise, resolve } = Promise.withResolvers?.() ?? {};
    process.stderr.write("waiting\n");
    context.mcpReq.signal.addEventListener("abort", () => {
      process.stderr.write("cancelled\n");
      resolve?.(text("cancelled"));
    });
    return promise ?? new Promise(() => {});
  });
  server.registerTool("step", { description: "Tells how far it is" }, async (context) => {
    const progressToken = context.mcpReq._meta?.progressToken;
    await context.mcpReq.notify({
      method: "notifications/progress",
      params: { progressToken, progress: 1, total: 2, message: "half" },
    });
    await new Promise((resolve) => {
      goOn = resolve;
    });
    return text("done");
  });
  server.registerTool("go", { description: "Lets step end" }, () => {
    goOn();
    return text("going");
  });
  server.registerTool("untilSignal", { description: "Goes on at SIGUSR2" }, () => {
    const signalled = new Promise((resolve) => process.once("SIGUSR2", () => resolve(text("went on"))));
    server.registerTool("running", { description: "Says that it runs" }, () => text("it runs"));
    return signalled;
  });
  server.registerTool("grow", { description: "Has one more tool then" }, () => {
    server.registerTool("grown", { description: "Is new" }, () => text("new"));
    return text("grown");
  });
  return server;
}

if (how !== "never") serveStdio(make);
