/** `mooring mcp-serve FILE`: offers the tools of the connectors that a module exports to a client on stdin and stdout. */

import { Console } from "node:console";
import { serveMcp } from "../mcp-bridge/index.js";
import { endProcess } from "./end-process.js";
import { exitCodes } from "./exit-codes.js";
import { commandLogger } from "./log-lines.js";
import { loadRegistrations } from "./registrations.js";

export async function mcpServe(file: string): Promise<void> {
  // What a module prints would be taken for the protocol's.
  globalThis.console = new Console(process.stderr, process.stderr);
  const logger = await commandLogger(process.stderr, true);
  const { registrations } = await loadRegistrations(file, {});
  const connectors = [...new Set(registrations.map(({ connector }) => connector))];
  await serveMcp(connectors, { logger });
  process.exitCode = exitCodes.done;
  endProcess();
}
