/** `mooring tail`: the changes of state of a running runtime as they come, a line each, until it ends. */

import type { ToldChange } from "../control/changes.js";
import { askChanges } from "../control/client.js";
import { exitCodes } from "./exit-codes.js";

import { escapedJson } from "./foreign-text.js";
import { complain, why, write } from "./lines.js";
import { movementLine } from "./movement-line.js";
import { onlyProcess, type Target } from "./target.js";

interface TailCommand extends Target {
  readonly json?: boolean;
}

function tell(change: ToldChange, json: boolean): void {
  if (json) return void process.stdout.write(`${escapedJson(JSON.stringify(change))}\n`);
  if (change.missed > 0) write(`${change.missed} changes were missed: they came faster than they were read.`);
  write(movementLine({ ...change, cause: why(change) || null }));
}

/** Aborted by Ctrl-C, by SIGTERM, and when nobody reads any more. */
function untilTold(): AbortSignal {
  const over = new AbortController();
  const end = (code: number) => {
    process.exitCode = code;
    over.abort();
  };
  process.once("SIGINT", () => end(exitCodes.done));
  process.once("SIGTERM", () => end(exitCodes.terminated));
  process.stdout.once("error", () => end(exitCodes.done));
  return over.signal;
}

export async function tail(
  key: string | undefined,
  { json = false, control, pid }: TailCommand,
): Promise<void> {
  // Stays when nobody can be asked, or nobody any more.
  process.exitCode = exitCodes.cannotAsk;
  const changes = await askChanges(control ?? pid ?? (await onlyProcess(key)), key);
  const over = untilTold();
  over.addEventListener("abort", () => changes.stop());
  for await (const change of changes.read()) tell(change, json);
  if (over.aborted) return;
  process.exitCode = exitCodes.done;
  complain("The runtime was closed, or its control socket: no more comes.");
}
