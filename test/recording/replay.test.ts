/** What is recorded of a real runtime, replayed. */
import { replay, startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { eventually } from "../support/until.js";
import { textOf } from "./texts.js";

const key = "t.echo_test.one";

it("a life with a lost gateway and a drain replays to equal states and outputs", async () => {
  await using bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
  });
  const { gateway, runtime } = bench;
  await gateway.restart({ downMs: 100 });
  await eventually(() => runtime.status().ready && (runtime.status().registrations[0]?.attempt ?? 0) > 0);
  await runtime.drain();
  const result = await replay(await textOf(runtime.recording()));
  expect(result).toMatchObject({ divergence: null, skipped: 0, registrations: 1, dropped: 0 });
  expect(result.states).toEqual({ [key]: "stopped" });
  expect(result.statesReached).toEqual(
    expect.arrayContaining(["connecting", "awaitingRegister.first", "streaming.serving", "stopped"]),
  );
  expect(result.changedCharts).toEqual([]);
});
