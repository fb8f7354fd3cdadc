/** What handlers count in threads of their own comes back to the registration that reports it. */
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { createMetrics, createRuntime, fixture, threadConnector } from "./dist.js";

it("from the thread of a handler", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const connector = await threadConnector({ module: fixture("counting.mjs") });
  onTestFinished(() => connector.close());
  const runtime = createRuntime({ url: gateway.url, env: {} });
  onTestFinished(() => runtime.close());
  const metrics = createMetrics();
  runtime.add({ tenantId: "t", instanceId: "i", connector, metrics });
  await runtime.start();
  for (const n of [10, 30]) await gateway.execute("t.counting.i", { payload: { n } });
  expect(metrics.snapshot()).toEqual({
    "orders.taken{shop=north}": 40,
    "orders.size.count": 2,
    "orders.size.avg": 20,
    "orders.open": 30,
  });
});
