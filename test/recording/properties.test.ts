/** Whatever comes in whatever order, its recording replays to equal states and outputs at every step. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { readRecording } from "../../src/recording/read.js";
import { replayRecording } from "../../src/recording/replay.js";
import { record, recordedStory, textOfRecorder } from "./stories.js";

/** `MOORING_RECORDINGS=1000 npx vitest run test/recording/properties.test.ts` makes as many as that. */
const runs = Number(process.env.MOORING_RECORDINGS ?? 200);

it(
  "any story replays as it was recorded",
  async () => {
    let steps = 0;
    const states = new Set<string>();
    const charts = new Set<string>();
    await fc.assert(
      fc.asyncProperty(recordedStory, async (story) => {
        const recording = readRecording(textOfRecorder(await record(story)));
        const replayed = replayRecording(recording, {});
        expect(replayed.divergences.map(({ message }) => message)).toEqual([]);
        expect(replayed.skipped).toBe(0);
        steps += replayed.steps;
        for (const { to } of replayed.movements) states.add(to);
        for (const { chart } of recording.actors.values()) charts.add(chart);
      }),
      { numRuns: runs },
    );
    // Stories that lead nowhere would prove nothing.
    expect(charts).toEqual(new Set(["registration", "credentials", "liveness"]));
    expect(states.size).toBeGreaterThan(10);
    expect(steps).toBeGreaterThan(runs * 3);
  },
  120_000 + runs * 200,
);

it(
  "any tail of any story replays, wherever its beginning was dropped",
  async () => {
    let dropped = 0;
    await fc.assert(
      fc.asyncProperty(recordedStory, fc.integer({ min: 1_200, max: 12_000 }), async (story, maxBytes) => {
        const recorder = await record(story, { maxBytes, keep: "tail" });
        expect(recorder.memory.bytes).toBeLessThanOrEqual(maxBytes);
        dropped += recorder.memory.dropped > 0 ? 1 : 0;
        const replayed = replayRecording(readRecording(textOfRecorder(recorder)), {});
        expect(replayed.divergences.map(({ message }) => message)).toEqual([]);
      }),
      { numRuns: runs },
    );
    expect(dropped).toBeGreaterThan(runs / 4);
  },
  120_000 + runs * 200,
);
