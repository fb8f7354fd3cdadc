/** What stays of a recording within its bytes, and that the bytes are those of a real heap. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Memory } from "../../src/recording/memory.js";
import { pictureOf } from "../../src/recording/picture.js";
import { readRecording } from "../../src/recording/read.js";
import { Recorder } from "../../src/recording/recorder.js";
import { replayRecording } from "../../src/recording/replay.js";
import { createRig, type Rig } from "../machines/rig.js";
import { entryOf } from "./entries.js";
import { textOfRecorder } from "./stories.js";

describe("the memory of a recording", () => {
  it("never holds more than its bytes, whatever comes", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("tail" as const, "fault" as const, "all" as const),
        fc.integer({ min: 1, max: 5_000 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constant("fault" as const)), {
          maxLength: 400,
        }),
        (keep, maxBytes, moves) => {
          const memory = new Memory(maxBytes, keep);
          let added = 0;
          for (const move of moves) {
            if (move === "fault") memory.fault(1);
            else memory.add(entryOf(move));
            added += move === "fault" ? 0 : 1;
            expect(memory.bytes).toBeLessThanOrEqual(maxBytes);
          }
          const entries = memory.entries();
          expect(entries.length + memory.dropped).toBe(added);
          expect(entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(memory.bytes);
        },
      ),
    );
  });

  it("gives the newest steps of one registration, whatever was dropped", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 400 }),
        fc.integer({ min: 1, max: 100 }),
        (maxBytes, keys, most) => {
          const memory = new Memory(maxBytes, "tail");
          for (const key of keys) memory.add(entryOf(100, key));
          const asked = ["a", "b", "c", "nobody"];
          const newest = memory.newestOf(asked, most);
          for (const [index, key] of asked.entries()) {
            const all = memory.entries().filter(({ actor }) => actor.key === key);
            const found = newest[index] ?? [];
            expect(found).toHaveLength(Math.min(all.length, most));
            for (const [place, entry] of found.entries()) expect(entry).toBe(all.slice(-most)[place]);
          }
        },
      ),
    );
  });

  it("keeps the newest, the oldest, or what led to the first fault and follows it", () => {
    const kept = (keep: "tail" | "fault" | "all"): readonly number[] => {
      const memory = new Memory(400, keep);
      for (let at = 0; at < 12; at += 1) {
        memory.add({ ...entryOf(100), at });
        if (at === 5) memory.fault(at);
      }
      expect(memory.isFull).toBe(keep !== "tail");
      return memory.entries().map(({ at }) => at);
    };
    expect(kept("tail")).toEqual([8, 9, 10, 11]);
    expect(kept("all")).toEqual([0, 1, 2, 3]);
    // Three quarters of the room led there, the last quarter follows.
    expect(kept("fault")).toEqual([3, 4, 5, 6]);
  });
});

/** A life that reconnects again and again. */
async function reconnects(rig: Rig, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await rig.opened("anonymous");
    rig.accepted("approved");
    rig.late();
    rig.answered(false);
    rig.ended("server-closed");
    rig.clock.increment(60_000);
  }
}

it("the estimate of a step is above what it takes on a real heap, and not far above", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap = () => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  const recorder = new Recorder({ maxBytes: 2 ** 30, keep: "tail" });
  const rig = createRig({ recorder });
  await reconnects(rig, 200);
  const [before, estimatedBefore] = [heap(), recorder.memory.bytes];
  // What the rig itself keeps is taken out by a second one that is not recorded.
  const control = createRig();
  await reconnects(control, 300);
  const own = heap() - before;
  await reconnects(rig, 300);
  const taken = heap() - before - 2 * own;
  const estimated = recorder.memory.bytes - estimatedBefore;
  expect(recorder.memory.entries().length).toBeGreaterThan(2_500);
  expect(taken).toBeLessThan(estimated);
  expect(taken).toBeGreaterThan(estimated / 5);
});

it("hundreds of registrations stay within the bytes, and each is in the recording", async () => {
  const recorder = new Recorder({ maxBytes: 50 * 1024, keep: "tail" });
  // One machine each, as in a runtime; the rig's key is all the same, so the recorder is given its own.
  const rigs: Rig[] = [];
  for (let number = 0; number < 300; number += 1) {
    const rig = createRig({ recorder, key: `acme.echo.${number}` });
    rigs.push(rig);
    await rig.opened("anonymous");
    rig.accepted("approved");
  }
  expect(recorder.memory.bytes).toBeLessThanOrEqual(50 * 1024);
  expect(recorder.memory.dropped).toBeGreaterThan(600);
  const replayed = replayRecording(readRecording(textOfRecorder(recorder)), {});
  expect(replayed.divergences).toEqual([]);
  expect(replayed.registrations.size).toBe(300);
  expect(new Set(replayed.registrations.values())).toEqual(new Set(["streaming.serving"]));
  // The text is made of what there was when it was asked for.
  const picture = pictureOf(recorder, "asked");
  rigs[0]?.ended("server-closed");
  expect(picture.entries.at(-1)).not.toBe(recorder.memory.entries().at(-1));
});
