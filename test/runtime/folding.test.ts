import { createRuntime, type StateChange } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";

it("[C14 #73] tells a reader that folds of equal failures at growing distances, and of what comes then", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  const { port } = gateway;
  await gateway.close();
  const backoff = { baseMs: 1, maxMs: 20, jitterMs: 0 };
  const runtime = createRuntime({ url: `grpc://127.0.0.1:${port}`, env: {}, backoff });
  onTestFinished(() => runtime.close());
  const folded = runtime.changes({ fold: true });
  const all = runtime.changes();
  runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
  void runtime.start();
  const told: StateChange[] = [];
  for await (const change of folded) {
    told.push(change);
    if (change.times === 8) break;
  }
  const later = runtime.changes({ fold: true });
  const again = await startGateway({ approval: "automatic", port });
  onTestFinished(() => again.close());
  for await (const change of later) if (change.status.ready) break;
  expect(told.map(({ to, cause, times }) => [to, cause, times])).toEqual([
    ["connecting", null, 1],
    ...[1, 2, 4, 8].map((times) => ["backoff.transient", "unreachable", times]),
  ]);
  const first: StateChange[] = [];
  for await (const change of all) {
    first.push(change);
    if (first.length === 6) break;
  }
  expect(first.map(({ to, times }) => [to, times])).toEqual([
    ["connecting", 1],
    ["backoff.transient", 1],
    ["connecting", 1],
    ["backoff.transient", 1],
    ["connecting", 1],
    ["backoff.transient", 1],
  ]);
});

it("refuses an option of changes() that is none, with the name that was meant", () => {
  const runtime = createRuntime({ env: {} });
  onTestFinished(() => runtime.close());
  expect(() => runtime.changes({ folds: true } as never)).toThrow('did you mean "fold"?');
});
