/** That what the tests record is replayed after each of them (`../support/replay-setup.ts`). */
import { startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import { echo } from "../support/connectors.js";

const { replays } = globalThis;
let before = 0;

it("has a runtime that connects", async () => {
  before = replays.steps;
  await using bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
  });
  await bench.gateway.restart();
  expect(replays.recorders.size).toBeGreaterThan(0);
});

it("has had its recording replayed when it was over", () => {
  expect(replays.steps - before).toBeGreaterThanOrEqual(3);
  expect(replays.recorders.size).toBe(0);
});
