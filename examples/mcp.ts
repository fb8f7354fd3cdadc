/**
 * The tools of a server of the Model Context Protocol, as a connector: a public one that reads files of a folder.
 *
 *     npm install @modelcontextprotocol/client @modelcontextprotocol/server-filesystem
 *     npx mooring run examples/mcp.ts
 *
 * FOLDER: which folder (the current one).
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { mcpConnector } from "mooring/mcp";

const server = createRequire(import.meta.url).resolve("@modelcontextprotocol/server-filesystem/package.json");

export default await mcpConnector({
  type: "files",
  command: process.execPath,
  args: [join(dirname(server), "dist", "index.js"), process.env.FOLDER ?? "."],
  // Agents read; nobody here lets them write.
  tools: ["read_text_file", "list_directory"],
});
