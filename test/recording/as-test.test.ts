/** A moment as a test: it has the lines that lead there, and no later ones. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { asTest } from "../../src/recording/as-test.js";
import { readRecording } from "../../src/recording/read.js";
import { replayRecording } from "../../src/recording/replay.js";
import { record, recordedStory, textOfRecorder } from "./stories.js";

it("has nothing that came after its moment, whatever stood still meanwhile", async () => {
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(recordedStory, fc.double({ min: 0, max: 1, noNaN: true }), async (story, part) => {
      const recording = readRecording(textOfRecorder(await record(story, { maxBytes: 6_000, keep: "tail" })));
      const { lines, header } = recording;
      const at = lines[Math.floor(part * (lines.length - 1))]?.at ?? 0;
      const written = asTest(recording, replayRecording(recording, { at }), { at });
      const inside = /String\.raw`\n([\s\S]*)\n`\.trim/.exec(written)?.[1] ?? "";
      const told = readRecording(inside);
      for (const line of told.lines)
        if (line.at !== header.writtenAt) expect(line.at).toBeLessThanOrEqual(at);
      const again = replayRecording(told, {});
      expect(Object.fromEntries(again.registrations)).toEqual(
        Object.fromEntries(replayRecording(recording, { at }).registrations),
      );
      tried += 1;
    }),
    { numRuns: 60 },
  );
  expect(tried).toBeGreaterThan(0);
}, 60_000);
