/** Declares the commands that go on looking at a running runtime. */
import type { Command } from "commander";
import { wholeNumber } from "./arguments.js";

export function watchingCommands(mooring: Command, gatewayHelp: string): void {
  const asking = (name: string, description: string) =>
    mooring
      .command(name)
      .description(description)
      .option("--pid <number>", "the process to ask, when several run", wholeNumber(1, 2 ** 31 - 1))
      .option("--control <path>", "path of its control socket");

  asking("mcp", "answer coding agents over stdio (Model Context Protocol): status, explain, recordings")
    .option("--recording <file>", "answer from a recording instead of a running runtime")
    .option("--gateway <url>", `${gatewayHelp}; with --allow-control, agents may try tools and faults there`)
    .option("--allow-control", "offer try_tool and inject_fault, which change something")
    .action(async (options) => (await import("./mcp.js")).mcp(options));
}
