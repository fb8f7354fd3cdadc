/** What a handler counts in its own thread, told to the one that reports. */
import {
  type MetricHandles,
  type MetricKind,
  type MetricLabels,
  type MetricStep,
  metricHandles,
} from "../connectors/metrics.js";

/** A handler has counted something. */
export interface MetricChanged {
  readonly type: "metric";
  readonly kind: MetricKind;
  readonly name: string;
  readonly labels: MetricLabels;
  readonly step: MetricStep;
  readonly value: number;
}

export const crossingMetrics = (tell: (message: MetricChanged) => void): MetricHandles =>
  metricHandles((kind, name, given) => {
    const labels = Object.fromEntries(Object.entries(given).map(([key, value]) => [key, String(value)]));
    return (step, value) => tell({ type: "metric", kind, name, labels, step, value });
  });

/** Counts it here. The thread has judged name and value; that the name is another kind already, it cannot know. */
export function countHere(metrics: MetricHandles, { kind, name, labels, step, value }: MetricChanged): void {
  try {
    if (kind === "histogram") return metrics.histogram(name, labels).record(value);
    if (step === "set") return metrics.gauge(name, labels).set(value);
    if (step === "atLeast") return metrics.counter(name, labels).absolute(value);
    metrics[kind](name, labels).increment(value);
  } catch {
    // A figure must not end the thread.
  }
}
