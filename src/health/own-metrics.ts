/** What connectors count by themselves, as Prometheus may have it: valid names, a bounded number, counters that never fall. */
import type { MetricKind, MetricSeries } from "../connectors/metrics.js";
import type { Labels } from "./tally.js";

/** By the keys of registrations. */
export type OwnMetricsByKey = ReadonlyMap<string, readonly MetricSeries[]>;

/** One series of a family. */
export interface OwnSum {
  readonly labels: Labels;
  value: number;
  count: number;
}

/** All series of one name. */
export interface OwnFamily {
  readonly name: string;
  /** As the connector calls it. */
  readonly given: string;
  readonly kind: MetricKind;
  readonly sums: Map<string, OwnSum>;
}

/** So many series there are at most, of all registrations. */
const mostSeries = 1_000;

const prefix = "custom_";

const valid = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, "_");

function nameOf({ name, kind }: MetricSeries): string {
  const found = prefix + valid(name);
  return kind === "counter" && !found.endsWith("_total") ? `${found}_total` : found;
}

/** Names of a label that `/metrics` gives a meaning of its own. */
const taken = new Set(["type", "key", "quantile", "le"]);

/** Two underscores in front are Prometheus' own. */
function labelName(given: string): string {
  const name =
    valid(given)
      .replace(/^_+/, "")
      .replace(/^(?=\d)/, "_") || "_";
  return taken.has(name) ? `exported_${name}` : name;
}

const labelsOf = ({ labels }: MetricSeries): Labels =>
  Object.fromEntries(Object.entries(labels).map(([name, value]) => [labelName(name), value]));

const idOf = (labels: Labels): string => JSON.stringify(labels);

type Seen = ReadonlyMap<string, MetricSeries>;

export class OwnSums {
  readonly #families = new Map<string, OwnFamily>();
  /** Of each registration, by name and labels. */
  #seen: ReadonlyMap<string, Seen> = new Map();
  #size = 0;
  #left = 0;

  /** Series that found no place at the last look: too many, or of a name that is another kind already. */
  get left(): number {
    return this.#left;
  }

  get families(): readonly OwnFamily[] {
    return [...this.#families.values()];
  }

  look(own: OwnMetricsByKey, groupOf: (key: string) => Labels): void {
    this.#left = 0;
    this.#forgetGauges();
    const seen = new Map<string, Seen>();
    for (const [key, all] of own) {
      const group = groupOf(key);
      const before = this.#seen.get(key);
      const now = new Map<string, MetricSeries>();
      for (const series of all) {
        const id = `${series.name}\0${idOf(series.labels)}`;
        now.set(id, series);
        this.#add(series, before?.get(id), group);
      }
      seen.set(key, now);
    }
    this.#seen = seen;
  }

  /** They stand where they stand now: those of registrations that are gone go, too. */
  #forgetGauges(): void {
    for (const { name, kind, sums } of this.families) {
      if (kind !== "gauge") continue;
      this.#size -= sums.size;
      this.#families.delete(name);
    }
  }

  #add(series: MetricSeries, before: MetricSeries | undefined, group: Labels): void {
    const sum = this.#sumOf(series, { ...group, ...labelsOf(series) });
    if (!sum) {
      this.#left += 1;
      return;
    }
    // One that was removed and added again begins at 0.
    const isNew = series.kind === "gauge" || !before || series.count < before.count;
    sum.value += series.value - (isNew ? 0 : before.value);
    sum.count += series.count - (isNew ? 0 : before.count);
  }

  #sumOf(series: MetricSeries, labels: Labels): OwnSum | undefined {
    const name = nameOf(series);
    const family = this.#families.get(name);
    if (family && family.kind !== series.kind) return undefined;
    const id = idOf(labels);
    const known = family?.sums.get(id);
    if (known) return known;
    if (this.#size >= mostSeries) return undefined;
    const sum = { labels, value: 0, count: 0 };
    this.#size += 1;
    if (family) family.sums.set(id, sum);
    else
      this.#families.set(name, { name, given: series.name, kind: series.kind, sums: new Map([[id, sum]]) });
    return sum;
  }
}
