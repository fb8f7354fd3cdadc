import { fileURLToPath } from "node:url";
import {
  createMetrics,
  createRuntime,
  defineTool,
  jsonSchema,
  type Metrics,
  requestResponseConnector,
  toolConnector,
} from "mooring";
import { startTestBench, testConnector, testTool } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { noWork } from "../../src/execution/work-counters.js";
import { metricsReport, RoundTrips } from "../../src/session/metrics-report.js";

const counting = (shop: string) =>
  requestResponseConnector({
    type: "counting",
    version: "1.0.0",
    execute: (_request, { metrics }) => {
      metrics.counter("orders.taken", { shop }).increment();
      return {};
    },
  });

describe("a registry of metrics", () => {
  it("[C16 #48] has counters that only grow", () => {
    const metrics = createMetrics();
    const taken = metrics.counter("taken");
    taken.increment();
    taken.increment(2);
    taken.absolute(10);
    taken.absolute(4);
    expect(metrics.snapshot()).toEqual({ taken: 10 });
  });

  it("[C16 #48] has gauges that are set, and go up and down", () => {
    const metrics = createMetrics();
    const open = metrics.gauge("open");
    open.set(5);
    open.increment();
    open.decrement(4);
    expect(metrics.snapshot()).toEqual({ open: 2 });
  });

  it("[C16 #48] has histograms with a count and, once there is one, a mean", () => {
    const metrics = createMetrics();
    const size = metrics.histogram("size");
    expect(metrics.snapshot()).toEqual({ "size.count": 0 });
    size.record(10);
    size.record(30);
    expect(metrics.snapshot()).toEqual({ "size.count": 2, "size.avg": 20 });
  });

  it("[C16 #49] tells figures apart by labels, and finds the same one again", () => {
    const metrics = createMetrics();
    metrics.counter("taken").increment();
    metrics.counter("taken", { shop: "north", kind: "a" }).increment();
    metrics.counter("taken", { shop: "north", kind: "a" }).increment();
    metrics.histogram("size", { shop: "south" }).record(1);
    expect(metrics.snapshot()).toEqual({
      taken: 1,
      "taken{shop=north,kind=a}": 2,
      "size{shop=south}.count": 1,
      "size{shop=south}.avg": 1,
    });
  });

  it("[C16 #49 #50] is empty at first, and two know nothing of each other", () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter("taken").increment();
    expect(other.snapshot()).toEqual({});
  });

  it("is bounded, whatever labels hold, and says how many found no room", () => {
    const metrics = createMetrics({ maxSeries: 2 });
    for (const user of ["a", "b", "c", "d"]) metrics.counter("calls", { user }).increment();
    metrics.counter("calls", { user: "a" }).increment();
    expect(metrics.snapshot()).toEqual({
      "calls{user=a}": 2,
      "calls{user=b}": 1,
      "mooring.metric_series_refused": 2,
    });
    const long = createMetrics();
    long.counter("calls", { user: "x=1,}".repeat(1_000) }).increment();
    const [key = ""] = Object.keys(long.snapshot());
    expect(key.length).toBeLessThan(150);
    expect(key).toMatch(/^calls\{user=[^{},=]*\}$/);
  });

  it.each<[string, (metrics: Metrics) => unknown, string]>([
    ["a name of nothing", (metrics) => metrics.counter(""), "The name of a metric must begin with a letter"],
    ["a name of Mooring's", (metrics) => metrics.gauge("sdk.mine"), '"sdk.mine" is a name of Mooring\'s own'],
    [
      "another kind",
      (metrics) => [metrics.counter("a"), metrics.gauge("a")],
      'Metric "a" is a counter, and no gauge',
    ],
    ["labels that are none", (metrics) => metrics.counter("a", "b" as never), "must be an object of texts"],
    ["a step back", (metrics) => metrics.counter("a").increment(-1), '"a" must be a number of at least 0'],
    ["no number", (metrics) => metrics.histogram("a").record(Number.NaN), '"a" must be a number'],
    ["a misspelt option", () => createMetrics({ maxserie: 1 } as never), 'did you mean "maxSeries"'],
    ["no room at all", () => createMetrics({ maxSeries: 0 }), "maxSeries"],
  ])("refuses %s", (_, act, words) => {
    expect(() => act(createMetrics())).toThrow(words);
  });
});

describe("metrics of a registration", () => {
  const tenantId = "acme";

  it("[C14 #32 #78] [C16 #50] [C17 #16] are of each by itself, in the context of its handlers", async () => {
    const [north, south] = [createMetrics(), createMetrics()];
    await using bench = await startTestBench({
      registrations: [
        { tenantId, instanceId: "north", connector: counting("north"), metrics: north },
        { tenantId, instanceId: "south", connector: counting("south"), metrics: south },
      ],
    });
    for (const one of ["north", "north", "south"]) await bench.gateway.execute(`acme.counting.${one}`, {});
    expect(north.snapshot()).toEqual({ "orders.taken{shop=north}": 2 });
    expect(south.snapshot()).toEqual({ "orders.taken{shop=south}": 1 });
  });

  it("are refused with workers, and what is no registry", () => {
    const module = fileURLToPath(new URL("../workers/counting.mjs", import.meta.url));
    const runtime = createRuntime({ url: "grpc://127.0.0.1:1", workers: 1, module, env: {} });
    const add = (metrics: unknown) => () =>
      runtime.add({ tenantId, instanceId: "1", connector: "counting", metrics: metrics as never });
    expect(add(createMetrics())).toThrow("metrics cannot be used with workers");
    expect(add({})).toThrow(
      "metrics must be an object with the functions counter, gauge, histogram, snapshot and series",
    );
  });

  it("reach tools, in tests of them too", async () => {
    const metrics = createMetrics();
    const tool = defineTool({
      name: "count",
      description: "Counts",
      input: jsonSchema({ type: "object" }),
      run: (_, context) => context.metrics.counter("calls").increment(),
    });
    await testTool(tool).call({}, { metrics });
    await testConnector(toolConnector("t", [tool])).execute({}, { capabilityId: "count", metrics });
    expect(metrics.snapshot()).toEqual({ calls: 2 });
  });
});

describe("a metrics report with figures of the connector's own", () => {
  const figuresOf = (own: Readonly<Record<string, number>>, maxMessageBytes?: number) => {
    const report = metricsReport({
      ...{
        arn: "matrix:t:c:i",
        now: 0,
        uptimeMs: 0,
        work: noWork(),
        roundTrips: new RoundTrips(),
        own,
        maxMessageBytes,
      },
      connection: { reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 },
    });
    return report?.message.case === "metricsReport" ? report.message.value.customMetrics : undefined;
  };

  it("[C14 #32] has them beside those of Mooring, which win", () => {
    const figures = figuresOf({ mine: 1, "sdk.system_cpu_count": -1 });
    expect(figures).toMatchObject({ mine: 1 });
    expect(figures?.["sdk.system_cpu_count"]).toBeGreaterThan(0);
  });

  it("goes without them when it would not fit", () => {
    const own = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, i) => [`figure-${i}-${"x".repeat(80)}`, i]),
    );
    const figures = figuresOf(own, 64 * 1_024);
    expect(figures?.["figure-0"]).toBeUndefined();
    expect(Object.keys(figures ?? {}).every((name) => name.startsWith("sdk."))).toBe(true);
  });
});
