/** Declares the commands for recordings. */
import { type Command, InvalidArgumentError } from "commander";
import { key, wholeNumber } from "./arguments.js";

/** `2026-11-28T10:00:00Z`, ms since 1970, or `+12.5`: seconds after the beginning. */
function moment(text: string): { ms: number; from: "1970" | "start" } {
  if (/^\+\d+(\.\d+)?$/.test(text)) return { ms: Number(text) * 1_000, from: "start" };
  const ms = /^\d{11,}$/.test(text) ? Number(text) : Date.parse(text);
  if (/^\d{4}-|^\d{11,}$/.test(text) && !Number.isNaN(ms)) return { ms, from: "1970" };
  throw new InvalidArgumentError(
    "Expected a time such as 2026-11-28T10:00:00Z, ms since 1970, or +SECONDS after the beginning.",
  );
}

export function recordingCommands(mooring: Command): void {
  const processId = wholeNumber(1, 2 ** 31 - 1);
  mooring
    .command("record")
    .description("write what a running runtime has recorded to a file; exits with 2 when it cannot be asked")
    .argument("[pid]", "the process to ask, when several run", processId)
    .option("--pid <number>", "the same", processId)
    .option("--control <path>", "path of its control socket")
    .option("--out <file>", "the file; - is the output (default: named by the time)")
    .option("--json", "print the file's path and its bytes as JSON")
    .action(async (pid: number | undefined, options) =>
      (await import("./record.js")).record(pid === undefined ? options : { ...options, pid }),
    );

  mooring
    .command("replay")
    .description("run the charts over a recording and compare; exits with 1 when they do something else")
    .argument("<file>", "a recording")
    .option("--key <key>", "only this registration", key)
    .option("--at <time>", "up to this time (ISO 8601, ms since 1970, or +SECONDS)", moment)
    .option("--until <state>", "until a registration comes to this state, such as backoff.refused")
    .option("--as-test", "print a Vitest file that replays it and fails when it diverges")
    .option("--json", "print the result as JSON")
    .action(async (file: string, options) => (await import("./replay.js")).replay(file, options));
}
