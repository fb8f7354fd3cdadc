/** A rolling restart with workers and several registrations: requests come all the time, and none is refused or lost. */
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/until.js";
import { createRuntime, fixture } from "./dist.js";

const instances = ["1", "2", "3", "4"];

function processOf(url: string, backoffMs: number) {
  const runtime = createRuntime({
    url,
    workers: 2,
    module: fixture("fatal.mjs"),
    strict: true,
    env: {},
    backoff: { baseMs: backoffMs, maxMs: backoffMs, jitterMs: 0 },
  });
  onTestFinished(() => runtime.close());
  for (const instanceId of instances) runtime.add({ tenantId: "t", instanceId, connector: "calc" });
  return runtime;
}

it("refuses and loses nothing when the old process drains after the new one has taken over", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  // The old one does not come back before it drains: two that serve one identity take it from each other.
  const [old, fresh] = [processOf(gateway.url, 5_000), processOf(gateway.url, 40)];
  await old.start();
  const failures: string[] = [];
  let phase: "going" | "over" = "going";
  const caller = async (key: string) => {
    let answered = 0;
    for (; phase === "going" || answered < 10; answered += 1) {
      const payload = { parameters: { how: "wait" } };
      const { success, error } = await gateway.execute(key, {
        payload,
        capabilityId: "add",
        timeoutMs: 90_000,
      });
      if (!success) failures.push(`${key}: ${error}`);
    }
    return answered;
  };
  const callers = instances.flatMap((one) => [1, 2, 3].map(() => caller(`t.calc.${one}`)));
  await eventually(() => gateway.stats().answersReceived > 50);
  void fresh.start();
  await eventually(() => old.status().registrations.every(({ state }) => state === "backoff"));
  const drained = old.drain({ deadlineMs: 60_000 });
  const report = await drained;
  await eventually(() => fresh.status().ready);
  const after = gateway.stats().answersReceived;
  await eventually(() => gateway.stats().answersReceived > after + 50);
  phase = "over";
  await Promise.all(callers);
  expect(failures).toEqual([]);
  expect(report).toMatchObject({ cancelled: 0, lost: [], forced: false });
});
