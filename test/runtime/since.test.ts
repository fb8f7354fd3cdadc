import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { backingOff, eventually, serving, untilStatus } from "../support/until.js";

it("the time since which a registration serves stays when its failed tries are forgotten", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({
    url: gateway.url,
    backoff: { baseMs: 1, maxMs: 10, jitterMs: 1 },
    stableUptimeMs: 100,
    env: {},
  });
  onTestFinished(() => runtime.close());
  const one = runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  await runtime.start();
  gateway.disturb("close");
  await untilStatus(runtime, one.key, backingOff);
  await untilStatus(runtime, one.key, serving);
  await eventually(() => one.status().ready && one.status().attempt === 0);
  const journal = runtime.journal(one.key);
  const served = journal.findLast(({ from }) => from !== "streaming.serving");
  expect(served?.state).toBe("streaming.serving");
  expect(one.status().since).toBe(served?.at);
  expect(journal.at(-1)).toBe(served);
});
