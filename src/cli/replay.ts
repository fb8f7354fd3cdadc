/** `mooring replay`: what a recording shows, and whether the charts of this Mooring still do the same. */

import { asTest } from "../recording/as-test.js";
import { beginningOf } from "../recording/beginning.js";
import { loadRecording, replayLoaded, resultOf } from "../recording/load.js";
import type { ReplayOptions, ReplayResult } from "../recording/replay-types.js";
import { exitCodes } from "./exit-codes.js";

import { escapedJson, shellWord } from "./foreign-text.js";
import { write, writeJson } from "./lines.js";
import { dayAndTime, movementLine } from "./movement-line.js";

interface ReplayCommand {
  readonly key?: string;
  /** Ms since 1970, or ms after the beginning. */
  readonly at?: { readonly ms: number; readonly from: "1970" | "start" };
  readonly until?: string;
  readonly asTest?: boolean;
  readonly json?: boolean;
}

/** Movements that are shown without `--key`; with it, all. */
const mostShown = 30;
const mostStates = 12;

function tellMovements({ movements }: ReplayResult, all: boolean): void {
  const shown = all ? movements : movements.slice(-mostShown);
  const left = movements.length - shown.length;
  if (left > 0) write(`${left} earlier movements; --key KEY shows all of a registration`);
  for (const movement of shown) write(movementLine(movement));
}

/** Few registrations by name, many by number. */
function tellStates({ states, registrations }: ReplayResult): void {
  const all = Object.entries(states);
  if (registrations <= mostStates) {
    for (const [key, state] of all) write(`${key}: ${state}`);
    return;
  }
  const counts = new Map<string, number>();
  for (const [, state] of all) counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const [state, count] of counts) write(`${count} at ${state}`);
}

function tellOutcome(result: ReplayResult, until: string | undefined, file: string): void {
  const { divergence, divergences, changedCharts, steps, mooring } = result;
  if (changedCharts.length > 0)
    write(
      `recorded by Mooring ${mooring}, which has other charts than this one: ${changedCharts.join(", ")}`,
    );
  if (until !== undefined)
    write(result.reached ? `reached: ${movementLine(result.reached)}` : `no registration came to ${until}`);
  if (!divergence) return write(`steps: ${steps}, each as it was recorded`);
  write(`diverged: ${divergence.message}`);
  if (divergences > 1)
    write(`${divergences - 1} more diverged; ${result.skipped} steps after that were left out`);
  write(`as a test: mooring replay ${shellWord(file)} --key ${shellWord(divergence.key)} --as-test`);
}

function tell(result: ReplayResult, { key, until }: ReplayCommand, file: string): void {
  const { startedAt, writtenAt, registrations, dropped, missing } = result;
  const lost = dropped === 0 ? "" : `, ${dropped} steps before it were not kept`;
  write(`${dayAndTime(startedAt)} to ${dayAndTime(writtenAt)}, registrations: ${registrations}${lost}`);
  if (missing.length > 0)
    write(
      `not all of worker ${missing.join(", ")} is in it: a thread had died, which takes along what it had recorded, or it did not answer`,
    );
  tellMovements(result, key !== undefined);
  tellStates(result);
  tellOutcome(result, until, file);
}

export async function replay(file: string, command: ReplayCommand): Promise<void> {
  const { key, at, until } = command;
  // Stays when it cannot be read.
  process.exitCode = exitCodes.cannotAsk;
  const recording = await loadRecording(file);
  const first = beginningOf(recording);
  const options: ReplayOptions = {
    ...(key === undefined ? {} : { key }),
    ...(at === undefined ? {} : { at: at.from === "start" ? first + at.ms : at.ms }),
    ...(until === undefined ? {} : { until }),
  };
  const replayed = replayLoaded(recording, options);
  const result = resultOf(replayed);
  process.exitCode =
    result.divergence || (until !== undefined && !result.reached) ? exitCodes.failed : exitCodes.done;
  if (command.asTest) process.stdout.write(escapedJson(asTest(recording, replayed, options)));
  else if (command.json) writeJson(result);
  else tell(result, command, file);
}
