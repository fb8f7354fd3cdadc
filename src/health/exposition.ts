/** The metrics as Prometheus reads them, written by prom-client. */
import type { Registry } from "prom-client";
import { loadPeer } from "../optional-peers.js";
import { durationBoundsMs } from "../protocol/request-durations.js";
import { type Facts, metrics } from "./metric-table.js";
import type { OwnFamily } from "./own-metrics.js";

/** What other metrics are taken from: a registry of prom-client. */
export interface MetricsRegistry {
  /** The text of all its metrics. */
  metrics(): Promise<string>;
}

const prefix = "mooring_";

const histogramName = `${prefix}request_duration_seconds`;

/** A line of a histogram, as prom-client writes it. */
interface HistogramLine {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Prometheus counts in each class what is in the smaller ones, too. */
function histogramLines({ tally }: Facts): readonly HistogramLine[] {
  const sums = tally.grown.request_duration_seconds_total.values();
  return sums.flatMap(({ labels, value: seconds }) => {
    let count = 0;
    const buckets = tally.durations.map((classes, i) => {
      count += classes.of(labels);
      const bound = durationBoundsMs[i];
      const le = bound === undefined ? "+Inf" : String(bound / 1_000);
      return { metricName: `${histogramName}_bucket`, labels: { ...labels, le }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${histogramName}_sum`, labels, value: seconds },
      { metricName: `${histogramName}_count`, labels, value: count },
    ];
  });
}

/** Counted elsewhere, which the histograms of prom-client cannot be told. */
function fillHistogram(registry: Registry, facts: Facts): void {
  const told = {
    name: histogramName,
    help: "How long handlers took that returned.",
    type: "histogram",
    aggregator: "sum",
    values: histogramLines(facts),
  };
  registry.registerMetric({ name: histogramName, get: async () => told } as never); // all that a registry asks of it
}

/** A histogram of a connector's own has no classes: Prometheus calls that a summary. */
function linesOf({ name, kind, sums }: OwnFamily): readonly HistogramLine[] {
  const metricName = prefix + name;
  return [...sums.values()].flatMap(({ labels, value, count }) =>
    kind === "histogram"
      ? [
          { metricName: `${metricName}_sum`, labels, value },
          { metricName: `${metricName}_count`, labels, value: count },
        ]
      : [{ metricName, labels, value }],
  );
}

function fillOwn(registry: Registry, { tally }: Facts): void {
  for (const family of tally.own.families) {
    const name = prefix + family.name;
    const type = family.kind === "histogram" ? "summary" : family.kind;
    const help = `"${family.given}", which the connector counts.`;
    const told = { name, help, type, aggregator: "sum", values: linesOf(family) };
    registry.registerMetric({ name, get: async () => told } as never); // all that a registry asks of it
  }
}

export interface Exposition {
  readonly contentType: string;
  text(facts: Facts): Promise<string>;
}

/** A registry that holds this one scrape: two at the same time do not meet. */
function fill(registry: Registry, { Counter, Gauge }: typeof import("prom-client"), facts: Facts): void {
  for (const { name, kind, help, values } of metrics) {
    const found = values(facts);
    const labelNames = [...new Set(found.flatMap(({ labels }) => Object.keys(labels)))];
    const settings = { name: prefix + name, help, labelNames, registers: [registry] };
    if (kind === "gauge") {
      const metric = new Gauge(settings);
      for (const { labels, value } of found) metric.set({ ...labels }, value);
    } else {
      const metric = new Counter(settings);
      for (const { labels, value } of found) metric.inc({ ...labels }, value);
    }
  }
}

/** Rejects with INVALID_CONFIG where prom-client is not installed. */
export async function exposition(others: readonly MetricsRegistry[]): Promise<Exposition> {
  const client = await loadPeer("prom-client", "/metrics of serveHealth()");
  return {
    contentType: client.Registry.PROMETHEUS_CONTENT_TYPE,
    async text(facts) {
      const registry = new client.Registry();
      fill(registry, client, facts);
      fillHistogram(registry, facts);
      fillOwn(registry, facts);
      const texts = await Promise.all([registry, ...others].map((one) => one.metrics()));
      return texts.map((text) => (text.endsWith("\n") ? text : `${text}\n`)).join("");
    },
  };
}
