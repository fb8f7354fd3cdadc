/** `replay()`: a recording and options in, what came of it out. For programs, tests and the command line. */
import { checkOptions } from "../options/check.js";
import { loadRecording, replayLoaded, resultOf } from "./load.js";
import { replayCall } from "./option-table.js";
import type { ReplayOptions, ReplayResult } from "./replay-types.js";

/**
 * Runs the charts over a recording (the name of a file, its URL, or its text) without any waiting, and compares every
 * state, context and output on the way; the first that differs is `divergence`, with the event and both states.
 * Rejects with IO_ERROR for a file that cannot be read, DESERIALIZATION_ERROR that names line and field for what is no
 * recording, INVALID_CONFIG for bad options and a key that it does not have. A difference is no error.
 * @example
 * ```ts
 * import { replay } from "mooring/testing";
 *
 * const { divergence, states } = await replay("outage.jsonl", { until: "backoff.refused" });
 * console.log(divergence?.message ?? states);
 * ```
 */
export async function replay(recording: string | URL, options: ReplayOptions = {}): Promise<ReplayResult> {
  checkOptions(options, replayCall);
  return resultOf(replayLoaded(await loadRecording(recording), options));
}
