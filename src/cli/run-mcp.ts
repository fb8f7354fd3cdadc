/** `mooring run --mcp SERVER`: the tools of an MCP server, as a registration. */
import type { Logger, WorkerCount } from "../index.js";
import { type McpConnector, mcpConnector } from "../mcp-bridge/index.js";
import { instanceIdOf } from "./instance-id.js";
import { wrongForm } from "./wrong-form.js";

export interface McpRunOptions {
  readonly mcp?: string;
  readonly type?: string;
  readonly tenant?: string;
  readonly instance?: string;
  readonly workers?: WorkerCount;
}

/** A command line in words, as a shell has it: by spaces, quotes around what has some. Nothing is replaced in it. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = [];
  for (const [, spaced, quoted] of text.matchAll(/((?:[^\s"']|"[^"]*"|'[^']*')+)|(["'])/g)) {
    if (quoted !== undefined) throw wrongForm(`--mcp has a ${quoted} without its other: close it.`);
    words.push((spaced ?? "").replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
  }
  return words;
}

/** Refuses what does not go together. */
export function checkMcpRun(file: string | undefined, { mcp, type, workers }: McpRunOptions): void {
  if (file === undefined && mcp === undefined)
    throw wrongForm('run needs a module, or --mcp "COMMAND" or --mcp URL, a server of MCP.');
  if (type !== undefined && mcp === undefined) throw wrongForm("--type goes with --mcp.");
  if (mcp !== undefined && workers)
    throw wrongForm("--mcp goes without --workers: its server is a process of its own.");
}

/** Starts the server. */
export async function mcpRegistration(
  server: string,
  { type, tenant, instance }: McpRunOptions,
  logger: Logger,
): Promise<{ readonly connector: McpConnector; readonly instanceId: string; readonly tenantId?: string }> {
  const [command, ...args] = wordsOf(server);
  if (command === undefined) throw wrongForm("--mcp is empty: give a command or an address.");
  const named = { ...(type === undefined ? {} : { type }), logger };
  const connector = await mcpConnector(
    /^https?:\/\//.test(server) ? { url: server, ...named } : { command, args, ...named },
  );
  return {
    connector,
    instanceId: instanceIdOf(connector, instance),
    ...(tenant === undefined ? {} : { tenantId: tenant }),
  };
}
