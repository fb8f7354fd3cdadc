/** The metrics as Prometheus reads them, written by prom-client. */
import type { Registry } from "prom-client";
import { loadPeer } from "../optional-peers.js";
import { type Facts, metrics } from "./metric-table.js";

/** What other metrics are taken from: a registry of prom-client. */
export interface MetricsRegistry {
  /** The text of all its metrics. */
  metrics(): Promise<string>;
}

const prefix = "mooring_";

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
      const texts = await Promise.all([registry, ...others].map((one) => one.metrics()));
      return texts.map((text) => (text.endsWith("\n") ? text : `${text}\n`)).join("");
    },
  };
}
