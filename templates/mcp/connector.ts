/** The tools of a server of the Model Context Protocol. */
import { fileURLToPath } from "node:url";
import { mcpConnector } from "mooring/mcp";

export default await mcpConnector({
  type: "my-connector",
  command: process.execPath,
  args: ["--import", "jiti/register", fileURLToPath(new URL("./server.ts", import.meta.url))],
});
