/** That what the tests record is replayed after each of them (`../support/replay-setup.ts`). */
import { startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import { echo } from "../support/connectors.js";

const { replays } = globalThis;
let before = 0;
/** Those of other files in this process may live on. */
let mine: readonly unknown[] = [];

it("has a runtime that connects", async () => {
  before = replays.steps;
  const others = new Set(replays.recorders);
  await using bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
  });
  await bench.gateway.restart();
  mine = [...replays.recorders].filter((recorder) => !others.has(recorder));
  expect(mine).toHaveLength(1);
});

it("has had its recording replayed when it was over", () => {
  expect(replays.steps - before).toBeGreaterThanOrEqual(3);
  expect([...replays.recorders].filter((recorder) => mine.includes(recorder))).toEqual([]);
});
