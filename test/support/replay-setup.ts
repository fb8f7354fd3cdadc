/**
 * Keeps recordings honest: what every runtime of a test has recorded is replayed when the test is over, and each step
 * must come out as it was recorded. `replayed` counts, because a check that is never made proves nothing.
 */
import { afterEach, expect } from "vitest";
import { pictureOf } from "../../src/recording/picture.js";
import { readRecording } from "../../src/recording/read.js";
import { Recorder } from "../../src/recording/recorder.js";
import { replayRecording } from "../../src/recording/replay.js";
import { recordingLines } from "../../src/recording/write.js";

declare global {
  /** The recorders of the runtimes that a test has created, and how many steps of theirs were replayed. */
  var replays: { readonly recorders: Set<Recorder>; steps: number };
}

globalThis.replays ??= { recorders: new Set(), steps: 0 };
const all = globalThis.replays;

const { recorded } = Recorder.prototype;
const isHeard = Symbol.for("mooring.test.recorders-are-known");
if (!(isHeard in Recorder.prototype))
  Object.assign(Recorder.prototype, {
    [isHeard]: true,
    recorded(this: Recorder, ...args: Parameters<Recorder["recorded"]>) {
      all.recorders.add(this);
      return recorded.apply(this, args);
    },
  });

/** How far each was replayed. Runtimes that are only created, to look at their options, stand for ever. */
const replayed = new WeakMap<Recorder, string>();

afterEach(() => {
  for (const recorder of all.recorders) {
    const { bytes, dropped } = recorder.memory;
    const place = `${bytes} ${dropped}`;
    if (replayed.get(recorder) === place) continue;
    replayed.set(recorder, place);
    const text = [...recordingLines(pictureOf(recorder, "asked"))].join("\n");
    // What lives on is looked at again after the next test.
    if (recorder.standing().next().done) all.recorders.delete(recorder);
    globalThis.secretWatch.hear("recording", text);
    const { divergences, steps } = replayRecording(readRecording(text), {});
    all.steps += steps;
    expect(divergences.map(({ message }) => message)).toEqual([]);
  }
});
