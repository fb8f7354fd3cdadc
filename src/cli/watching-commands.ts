/** Declares the commands that go on looking at a running runtime. */
import type { Command } from "commander";
import { key, wholeNumber } from "./arguments.js";

export function watchingCommands(mooring: Command, gatewayHelp: string): void {
  const asking = (name: string, description: string) =>
    mooring
      .command(name)
      .description(description)
      .option("--pid <number>", "the process to ask, when several run", wholeNumber(1, 2 ** 31 - 1))
      .option("--control <path>", "path of its control socket");

  asking(
    "top",
    "how registrations stand, live: a table to sort and to search; exits as status does with --once",
  )
    .option("--interval <ms>", "how often it looks", wholeNumber(100, 3_600_000), 1_000)
    .option("--once", "print the table once, as without a terminal")
    .option("--json", "print a line of JSON for each look")
    .action(async (options) => (await import("./top.js")).top(options));

  asking("tail", "changes of state as they come, a line each, until the runtime ends or Ctrl-C")
    .argument("[key]", "tenant.type.instance; without it, of all registrations", key)
    .option("--json", "print each as a line of JSON")
    .action(async (one: string | undefined, options) => (await import("./tail.js")).tail(one, options));

  asking("mcp", "answer coding agents over stdio (Model Context Protocol): status, explain, recordings")
    .option("--recording <file>", "answer from a recording instead of a running runtime")
    .option("--gateway <url>", `${gatewayHelp}; with --allow-control, agents may try tools and faults there`)
    .option("--allow-control", "offer try_tool and inject_fault, which change something")
    .action(async (options) => (await import("./mcp.js")).mcp(options));
}
