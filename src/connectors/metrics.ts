/** Figures of a connector's own, for its metrics reports (docs/protocol.md, "Custom metrics"). */
import { invalidConfig } from "../errors.js";
import { isObject } from "../is-object.js";
import { type Call, checkOptions } from "../options/check.js";
import { bounded } from "../options/ranges.js";
import { countRow, type Rows } from "../options/rows.js";

/** Of what a figure is told apart by, such as `{ route: "/orders" }`. Few values each: every combination is a series. */
export type MetricLabels = Readonly<Record<string, string>>;

/** Only grows. */
export interface MetricCounter {
  /** Adds 1, or what is given. Throws INVALID_CONFIG for what is below 0 or no number. */
  increment(by?: number): void;
  /** Sets it to a total that is counted elsewhere; a smaller one changes nothing. */
  absolute(total: number): void;
}

/** Goes up and down. */
export interface MetricGauge {
  /** Sets it. Throws INVALID_CONFIG for what is no number. */
  set(value: number): void;
  /** Adds 1, or what is given. */
  increment(by?: number): void;
  /** Takes 1 off, or what is given. */
  decrement(by?: number): void;
}

/** How many, and their mean. */
export interface MetricHistogram {
  /** One more. Throws INVALID_CONFIG for what is no number. */
  record(value: number): void;
}

/** Makes figures, and finds them again: the same name and labels are the same figure. */
export interface MetricHandles {
  /** Throws INVALID_CONFIG for a name that cannot be, that begins with `sdk.`, or that is another kind already. */
  counter(name: string, labels?: MetricLabels): MetricCounter;
  /** As `counter` does. */
  gauge(name: string, labels?: MetricLabels): MetricGauge;
  /** As `counter` does. */
  histogram(name: string, labels?: MetricLabels): MetricHistogram;
}

/** What a figure is. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** One figure, as it stands. */
export interface MetricSeries {
  /** As it was given. */
  readonly name: string;
  /** What made it. */
  readonly kind: MetricKind;
  /** As they were given, shortened. */
  readonly labels: MetricLabels;
  /** Of a histogram: the sum of what was recorded. */
  readonly value: number;
  /** How often it was changed; of a histogram: how much was recorded. */
  readonly count: number;
}

/** A registry of figures: of one registration, unless several are given the same. */
export interface Metrics extends MetricHandles {
  /** Every figure as a report has it: `name`, `name{k=v}`, and of a histogram `….count` and, with samples, `….avg`. */
  snapshot(): Record<string, number>;
  /** Every figure by itself. */
  series(): readonly MetricSeries[];
}

/** Options of {@link createMetrics}. */
export interface MetricsOptions {
  /**
   * Series that are kept; what comes after them is counted nowhere but in `mooring.metric_series_refused`.
   * @default 1,000
   */
  readonly maxSeries?: number;
}

/** Of `createMetrics`. */
export const metricsCall = {
  name: "createMetrics()",
  table: {
    maxSeries: countRow({
      says: "Series that are kept; what comes after them is counted nowhere but in `mooring.metric_series_refused`.",
      default: 1_000,
    }),
  } satisfies Rows<MetricsOptions>,
} satisfies Call;

export type MetricStep = "add" | "set" | "atLeast";

/** Does something to one figure. */
type Apply = (step: MetricStep, value: number) => void;

const nameForm = /^[A-Za-z_][\w.:/-]{0,199}$/;
const refusedName = "mooring.metric_series_refused";

/** How much of a label is kept: they come from data, which must neither fail a request nor fill a report. */
const most = { labels: 10, text: 100 };

const plain = (text: unknown): string =>
  String(text)
    .slice(0, most.text)
    .replace(/[{},=\p{C}]/gu, "_");

function checkName(name: unknown): void {
  if (typeof name !== "string" || !nameForm.test(name))
    throw invalidConfig(
      'The name of a metric must begin with a letter and have letters, digits, "_", ".", ":", "/" and "-", at most 200.',
    );
  if (name.startsWith("sdk.") || name === refusedName)
    throw invalidConfig(`"${name}" is a name of Mooring's own: give the metric another.`);
}

type Pairs = readonly (readonly [name: string, value: string])[];

function pairsOf(name: string, labels: MetricLabels): Pairs {
  if (!isObject(labels)) throw invalidConfig(`The labels of metric "${name}" must be an object of texts.`);
  const given = Object.entries(labels).slice(0, most.labels);
  return given.map(([key, value]) => [plain(key), plain(value)]);
}

/** `name{k=v,k2=v2}`, in the order in which labels are given. */
const keyOf = (name: string, pairs: Pairs): string =>
  pairs.length === 0 ? name : `${name}{${pairs.map(([key, value]) => `${key}=${value}`)}}`;

/** Handles over whatever keeps the figures: a registry here, or in the thread that reports. */
export function metricHandles(
  find: (kind: MetricKind, name: string, labels: MetricLabels) => Apply,
): MetricHandles {
  const checked = (kind: MetricKind, name: string, labels: MetricLabels = {}) => {
    checkName(name);
    const apply = find(kind, name, labels);
    return (step: MetricStep, value: number, least = Number.NEGATIVE_INFINITY) => {
      if (!(Number.isFinite(value) && value >= least))
        throw invalidConfig(
          `The value of metric "${name}" must be a number${least === 0 ? " of at least 0" : ""}.`,
        );
      apply(step, value);
    };
  };
  return {
    counter(name, labels) {
      const apply = checked("counter", name, labels);
      return { increment: (by = 1) => apply("add", by, 0), absolute: (total) => apply("atLeast", total, 0) };
    },
    gauge(name, labels) {
      const apply = checked("gauge", name, labels);
      return {
        set: (value) => apply("set", value),
        increment: (by = 1) => apply("add", by),
        decrement: (by = 1) => apply("add", -by),
      };
    },
    histogram(name, labels) {
      const apply = checked("histogram", name, labels);
      return { record: (value) => apply("add", value) };
    },
  };
}

/** As it is counted. */
interface Counted extends MetricSeries {
  count: number;
  value: number;
}

/** Finds the figures, within the bound. */
class Registry {
  readonly #series = new Map<string, Counted>();
  readonly #kinds = new Map<string, MetricKind>();
  readonly #maxSeries: number;
  #refused = 0;

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  find(kind: MetricKind, name: string, labels: MetricLabels): Apply {
    const known = this.#kinds.get(name);
    if (known !== undefined && known !== kind)
      throw invalidConfig(`Metric "${name}" is a ${known}, and no ${kind}.`);
    const pairs = pairsOf(name, labels);
    const key = keyOf(name, pairs);
    const series =
      this.#series.get(key) ?? this.#make(key, { name, kind, labels: Object.fromEntries(pairs) });
    if (!series) return () => {};
    return (step, value) => {
      series.count += 1;
      if (step === "add") series.value += value;
      else series.value = step === "set" ? value : Math.max(series.value, value);
    };
  }

  #make(key: string, what: Pick<MetricSeries, "name" | "kind" | "labels">): Counted | undefined {
    if (this.#series.size >= this.#maxSeries) {
      this.#refused += 1;
      return undefined;
    }
    const series = { ...what, count: 0, value: 0 };
    this.#series.set(key, series);
    this.#kinds.set(what.name, what.kind);
    return series;
  }

  series(): readonly MetricSeries[] {
    const all = [...this.#series.values()].map((one) => ({ ...one }));
    if (this.#refused === 0) return all;
    return [...all, { name: refusedName, kind: "counter", labels: {}, value: this.#refused, count: 1 }];
  }

  snapshot(): Record<string, number> {
    const figures: Record<string, number> = this.#refused > 0 ? { [refusedName]: this.#refused } : {};
    for (const [key, { kind, count, value }] of this.#series) {
      if (kind !== "histogram") {
        figures[key] = value;
        continue;
      }
      figures[`${key}.count`] = count;
      if (count > 0) figures[`${key}.avg`] = value / count;
    }
    return figures;
  }
}

export const noSeries: readonly MetricSeries[] = [];

/** The figures of a registration: those that were given, else a registry that is made when one is first counted. */
export class OwnMetrics {
  #metrics: Metrics | undefined;

  constructor(given?: Metrics) {
    this.#metrics = given;
  }

  get handles(): MetricHandles {
    this.#metrics ??= createMetrics();
    return this.#metrics;
  }

  snapshot(): Readonly<Record<string, number>> | undefined {
    return this.#metrics?.snapshot();
  }

  /** None before one is counted. */
  series(): readonly MetricSeries[] {
    return this.#metrics?.series() ?? noSeries;
  }
}

/**
 * A registry of metrics for `add({ metrics })`, to count outside of requests, too. Handlers have it, or one that is made
 * for their registration, as `metrics` of their context. Throws INVALID_CONFIG for bad options.
 *
 * @example
 * ```ts
 * import { createMetrics, createRuntime, requestResponseConnector } from "mooring";
 *
 * const metrics = createMetrics();
 * const waiting = metrics.gauge("orders.waiting");
 * const orders = requestResponseConnector({
 *   type: "orders",
 *   version: "1.0.0",
 *   execute: (request, context) => {
 *     context.metrics.counter("orders.taken", { shop: "north" }).increment();
 *     return request.json();
 *   },
 * });
 * createRuntime().add({ instanceId: "orders-1", connector: orders, metrics });
 * waiting.set(3);
 * ```
 */
export function createMetrics(options: MetricsOptions = {}): Metrics {
  checkOptions(options, metricsCall);
  const row = metricsCall.table.maxSeries;
  const registry = new Registry(bounded("maxSeries", options.maxSeries ?? row.default, row));
  return {
    ...metricHandles((kind, name, labels) => registry.find(kind, name, labels)),
    snapshot: () => registry.snapshot(),
    series: () => registry.series(),
  };
}
