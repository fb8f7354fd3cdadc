/** What handlers count in threads of their own comes back to the registration that reports it. */
import { type Gateway, startGateway } from "mooring/gateway";
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

/** The first report of the registration whose own figures are these. */
function reported(
  gateway: Gateway,
  key: string,
  figures: Readonly<Record<string, number>>,
): Promise<unknown> {
  return new Promise((resolve) => {
    const leave = gateway.on((event) => {
      if (event.type !== "metrics" || event.key !== key) return;
      const own = Object.fromEntries(
        Object.entries(event.report.customMetrics as object).filter(([name]) => !name.startsWith("sdk.")),
      );
      if (JSON.stringify(own) !== JSON.stringify(figures)) return;
      leave();
      resolve(own);
    });
  });
}

it.each([
  ["this thread", undefined],
  ["worker threads", 2],
])("goes out with the reports of its registration, from %s", async (_, workers) => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const module = fixture("counting.mjs");
  const runtime = createRuntime({
    url: gateway.url,
    env: {},
    metricsIntervalMs: 50,
    ...(workers === undefined ? {} : { workers, module }),
  });
  onTestFinished(() => runtime.close());
  const { default: connector } = await import(module.href);
  for (const instanceId of ["one", "two"])
    runtime.add({
      tenantId: "t",
      instanceId,
      connector: workers === undefined ? connector : "counting",
    });
  await runtime.start();
  const figures = (taken: number, count: number, open: number) => ({
    "orders.taken{shop=north}": taken,
    "orders.size.count": count,
    "orders.size.avg": taken / count,
    "orders.open": open,
  });
  const one = reported(gateway, "t.counting.one", figures(40, 2, 30));
  const two = reported(gateway, "t.counting.two", figures(7, 1, 7));
  for (const n of [10, 30]) await gateway.execute("t.counting.one", { payload: { n } });
  await gateway.execute("t.counting.two", { payload: { n: 7 } });
  const own = () =>
    [...runtime.ownMetrics()].map(([key, series]) => [
      key,
      ...series.map(({ name, value }) => [name, value]),
    ]);
  await expect.poll(own).toEqual([
    ["t.counting.one", ["orders.taken", 40], ["orders.size", 40], ["orders.open", 30]],
    ["t.counting.two", ["orders.taken", 7], ["orders.size", 7], ["orders.open", 7]],
  ]);
  expect(await one).toEqual(figures(40, 2, 30));
  expect(await two).toEqual(figures(7, 1, 7));
});
