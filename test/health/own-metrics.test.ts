/** What connectors count themselves, in `/metrics`. */
import {
  createMetrics,
  type MetricHandles,
  type MetricSeries,
  type RegistrationOptions,
  requestResponseConnector,
} from "mooring";
import { serveHealth } from "mooring/health";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { OwnSums } from "../../src/health/own-metrics.js";

const orders = requestResponseConnector({
  type: "orders",
  version: "1.0.0",
  execute: (request, { metrics }) => {
    const { n } = request.json() as { n: number };
    metrics.counter("orders.taken", { shop: "north", type: 'a"b' }).increment(n);
    metrics.histogram("orders.size").record(n);
    metrics.gauge("orders.open").set(n);
    return n;
  },
});

const registrationOf = (instanceId: string): RegistrationOptions => ({
  tenantId: "acme",
  instanceId,
  connector: orders,
});

async function ownLines(url: string): Promise<readonly string[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return text.split("\n").filter((line) => /^(# TYPE )?mooring_custom_/.test(line));
}

describe("what connectors count themselves", () => {
  it("stands in /metrics, added up by type; gauges of one that is removed go, counters stay", async () => {
    await using bench = await startTestBench({ registrations: ["1", "2"].map(registrationOf) });
    await using health = await serveHealth(bench.runtime);
    expect(await ownLines(health.url)).toEqual([]);
    await bench.gateway.execute("acme.orders.1", { payload: { n: 3 } });
    await bench.gateway.execute("acme.orders.2", { payload: { n: 4 } });
    const counted = [
      "# TYPE mooring_custom_orders_taken_total counter",
      'mooring_custom_orders_taken_total{type="orders",shop="north",exported_type="a\\"b"} 7',
      "# TYPE mooring_custom_orders_size summary",
      'mooring_custom_orders_size_sum{type="orders"} 7',
      'mooring_custom_orders_size_count{type="orders"} 2',
      "# TYPE mooring_custom_orders_open gauge",
    ];
    expect(await ownLines(health.url)).toEqual([...counted, 'mooring_custom_orders_open{type="orders"} 7']);
    expect([...bench.runtime.ownMetrics().keys()]).toEqual(["acme.orders.1", "acme.orders.2"]);
    await bench.runtime.registration("acme.orders.2").remove();
    expect(await ownLines(health.url)).toEqual([...counted, 'mooring_custom_orders_open{type="orders"} 3']);
  });

  it("has a series for each registration when asked, and what is counted outside of requests", async () => {
    const metrics = createMetrics();
    await using bench = await startTestBench({ registrations: [{ ...registrationOf("1"), metrics }] });
    await using health = await serveHealth(bench.runtime, { byKey: true });
    metrics.gauge("waiting").set(2);
    expect(await ownLines(health.url)).toEqual([
      "# TYPE mooring_custom_waiting gauge",
      'mooring_custom_waiting{type="orders",key="acme.orders.1"} 2',
    ]);
  });
});

/** The names, labels and values after these looks. */
function sumsOf(...looks: readonly Readonly<Record<string, readonly MetricSeries[]>>[]) {
  const sums = new OwnSums();
  for (const look of looks) sums.look(new Map(Object.entries(look)), (key) => ({ type: key }));
  const shown = sums.families.flatMap(({ name, sums: all }) =>
    [...all.values()].map(({ labels, value, count }) => ({ name, labels, value, count })),
  );
  return { shown, left: sums.left };
}

function seriesOf(count: (metrics: MetricHandles) => void): readonly MetricSeries[] {
  const metrics = createMetrics({ maxSeries: 10_000 });
  count(metrics);
  return metrics.series();
}

describe("sums of what connectors count", () => {
  it("make names and labels valid", () => {
    const series = seriesOf((metrics) => {
      metrics.counter("a.b/c-d_total", { "1st": "x", __name__: "y", ß: "z" }).increment();
    });
    expect(sumsOf({ t: series }).shown).toEqual([
      {
        name: "custom_a_b_c_d_total",
        labels: { type: "t", _1st: "x", name__: "y", _: "z" },
        value: 1,
        count: 1,
      },
    ]);
  });

  it("never fall: one that begins anew is added to what was", () => {
    const at = (total: number) =>
      seriesOf((metrics) => {
        for (let i = 0; i < total; i++) metrics.counter("n").increment();
      });
    expect(sumsOf({ t: at(5) }, { t: at(7) }, { t: at(2) }, {}).shown).toEqual([
      { name: "custom_n_total", labels: { type: "t" }, value: 9, count: 9 },
    ]);
  });

  it("are bounded, and say how many are left out, as of one name of two kinds", () => {
    const many = seriesOf((metrics) => {
      for (let n = 0; n < 1_005; n++) metrics.gauge("n", { n: String(n) }).set(n);
    });
    const bounded = sumsOf({ t: many }, { t: many });
    expect(bounded.shown).toHaveLength(1_000);
    expect(bounded.left).toBe(5);
    const two = sumsOf({
      a: seriesOf((metrics) => metrics.gauge("x").set(1)),
      b: seriesOf((metrics) => metrics.histogram("x").record(1)),
    });
    expect(two.shown).toEqual([{ name: "custom_x", labels: { type: "a" }, value: 1, count: 1 }]);
    expect(two.left).toBe(1);
  });
});
