/** What the status says of trouble beside the state, and what is made of it. */
import { createRuntime, type RegistrationStatus, type Runtime, type RuntimeOptions } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { troublesOfStatus } from "../../src/troubles/judged-status.js";
import { echo, gated } from "../support/connectors.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.i";

async function rig(options: RuntimeOptions = {}, connector = echo) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const backoff = { baseMs: 10, maxMs: 10, jitterMs: 0 };
  const runtime = createRuntime({ url: gateway.url, env: {}, backoff, ...options });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "i", connector });
  return { gateway, runtime };
}

const statusOf = (runtime: Runtime) => runtime.status().registrations[0] as RegistrationStatus; // it was added
const troubles = (runtime: Runtime) => troublesOfStatus(statusOf(runtime), Date.now());

it("links that were lost one after the other are flapping; tries that led to none are not", async () => {
  const { gateway, runtime } = await rig();
  gateway.fault({ failRegister: 2 });
  await runtime.start();
  await untilStatus(runtime, key, serving);
  expect(statusOf(runtime).signs.lossTimes).toEqual([]);
  expect(troubles(runtime)).toEqual([]);

  gateway.fault({ closeAfterRegister: 3 });
  gateway.disturb("cut");
  await eventually(() => statusOf(runtime).signs.lossTimes.length === 3);
  await untilStatus(runtime, key, serving);
  expect(troubles(runtime)).toContain("flapping");
});

it("a wait as long as ever waited, and how long the gateway took for a heartbeat", async () => {
  const { gateway, runtime } = await rig({
    heartbeat: { intervalMs: 20, suspectMs: 10_000, timeoutMs: 60_000 },
  });
  expect(statusOf(runtime).roundTripMs).toBeNull();
  await runtime.start();
  await eventually(() => statusOf(runtime).roundTripMs !== null);
  expect(statusOf(runtime).roundTripMs).toBeGreaterThanOrEqual(0);
  await gateway.close();
  await untilStatus(runtime, key, ({ state, signs }) => state === "backoff" && signs.waitsLongest);
  expect(troubles(runtime)).toContain("back-off at its cap");
});

it("a heartbeat without an answer, until one comes", async () => {
  const { gateway, runtime } = await rig({ heartbeat: { intervalMs: 20, suspectMs: 10, timeoutMs: 60_000 } });
  await runtime.start();
  gateway.fault({ deaf: true });
  await eventually(() => statusOf(runtime).signs.isDoubted);
  expect(troubles(runtime)).toEqual(["nearly deaf"]);
  gateway.fault({ deaf: false });
  await eventually(() => !statusOf(runtime).signs.isDoubted);
  expect(troubles(runtime)).not.toContain("nearly deaf");
});

it("requests that were refused because too many waited", async () => {
  const { connector, release, started } = gated();
  const { gateway, runtime } = await rig({ maxConcurrentRequests: 1, maxQueuedRequests: 1 }, connector);
  await runtime.start();
  const answers = [1, 2, 3].map((value) => gateway.execute("t.gated.i", { payload: value }));
  await started(1);
  await eventually(() => statusOf(runtime).counters.overloads === 1);
  expect(troubles(runtime)).toEqual(["queue full"]);
  release();
  await Promise.all(answers);
});

it("a machine that was taken out shows no trouble of its own", async () => {
  const { gateway, runtime } = await rig();
  await runtime.start();
  await gateway.close();
  await untilStatus(runtime, key, ({ signs }) => signs.waitsLongest);
  runtime.registration(key).pause();
  await untilStatus(runtime, key, ({ state }) => state === "paused");
  expect(statusOf(runtime).signs.waitsLongest).toBe(false);
  expect(troubles(runtime)).toEqual([]);
});
