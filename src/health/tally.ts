/**
 * Sums over all registrations that only grow. A registration's own figures go when it is removed, and a sum that falls
 * would look like a restart; so what each has added since it was last looked at is kept by its type.
 */

import { durationBoundsMs } from "../protocol/request-durations.js";
import type { StateChange } from "../runtime/changes.js";
import { type RegistrationStatus, type RuntimeStatus, statePath } from "../runtime/status.js";
import { type OwnMetricsByKey, OwnSums } from "./own-metrics.js";

/** Labels of one series, in their order. */
export type Labels = Readonly<Record<string, string>>;

/** How many types, or keys, have series of their own; all others share one. */
const mostGroups = 1_000;

const otherGroup = "other";

/** What of a status only grows, by the name of its metric. */
const growing = {
  requests_received_total: ({ counters }) => counters.requests_received,
  requests_processed_total: ({ counters }) => counters.requests_processed,
  requests_failed_total: ({ counters }) => counters.requests_failed,
  requests_timed_out_total: ({ counters }) => counters.timeouts,
  requests_overloaded_total: ({ counters }) => counters.overloads,
  requests_duplicate_total: ({ counters }) => counters.duplicates,
  results_evicted_total: ({ counters }) => counters.evicted,
  request_duration_seconds_total: ({ counters }) => counters.total_duration_ms / 1_000,
  request_bytes_total: ({ counters }) => counters.bytes_received,
  result_bytes_total: ({ counters }) => counters.bytes_sent,
  reconnect_attempts_total: ({ counters }) => counters.reconnection_attempts,
  reconnects_total: ({ counters }) => counters.successful_reconnects,
  disconnects_total: ({ counters }) => counters.total_disconnects,
  unexpected_events_total: (status) => status.unexpectedEvents,
  stale_events_total: (status) => status.staleEvents,
  restarts_total: (status) => status.restarts,
} as const satisfies Readonly<Record<string, (status: RegistrationStatus) => number>>;

export type GrowingName = keyof typeof growing;

export const growingNames = Object.keys(growing) as readonly GrowingName[];

/** A registration as it was last looked at. */
interface Seen {
  readonly group: Labels;
  readonly path: string;
  readonly since: number;
  readonly figures: Readonly<Record<GrowingName, number>>;
  readonly durations: readonly number[];
}

export interface Sum {
  readonly labels: Labels;
  value: number;
}

const idOf = (labels: Labels): string => Object.values(labels).join("\0");

/** One sum for each set of labels. */
export class Sums {
  readonly #sums = new Map<string, Sum>();

  add(labels: Labels, value: number): void {
    const id = idOf(labels);
    const sum = this.#sums.get(id);
    if (sum) sum.value += value;
    else this.#sums.set(id, { labels, value });
  }

  /** The sum of these labels, in the order in which they were added; 0 where there is none. */
  of(labels: Labels): number {
    return this.#sums.get(idOf(labels))?.value ?? 0;
  }

  values(): readonly Sum[] {
    return [...this.#sums.values()];
  }
}

/** The labels of a state: its public name, and its child or nothing. */
export function stateLabels(path: string): { readonly state: string; readonly child: string } {
  const [state = "", child = ""] = path.split(".", 2);
  return { state, child };
}

const figuresOf = (status: RegistrationStatus) =>
  Object.fromEntries(growingNames.map((name) => [name, growing[name](status)])) as Seen["figures"];

export class Tally {
  readonly stateSeconds = new Sums();
  readonly transitions = new Sums();
  readonly grown: Readonly<Record<GrowingName, Sums>>;
  /** How many requests took how long: of each class those that are in no smaller one. */
  readonly durations: readonly Sums[] = [...durationBoundsMs, Number.POSITIVE_INFINITY].map(() => new Sums());
  /** What connectors count by themselves. */
  readonly own = new OwnSums();
  readonly #byKey: boolean;
  readonly #groups = new Set<string>();
  readonly #seen = new Map<string, Seen>();

  constructor(byKey: boolean) {
    this.#byKey = byKey;
    this.grown = Object.fromEntries(growingNames.map((name) => [name, new Sums()])) as Tally["grown"];
  }

  /** The labels by which a registration is told apart: its type; with `byKey`, its key too. */
  groupOf(key: string): Labels {
    const [, type = ""] = key.split(".", 2);
    const group = this.#byKey ? { type, key } : { type };
    const id = this.#byKey ? key : type;
    if (!this.#groups.has(id)) {
      if (this.#groups.size >= mostGroups)
        return this.#byKey ? { type: otherGroup, key: otherGroup } : { type: otherGroup };
      this.#groups.add(id);
    }
    return group;
  }

  changed({ key, from, to, at, status, missed }: StateChange): void {
    const group = this.groupOf(key);
    // Of those that were missed nobody knows where they led.
    if (missed > 0) this.transitions.add({ ...group, from: "unknown", to: "unknown" }, missed);
    if (from !== null && from !== to) this.transitions.add({ ...group, from, to }, 1);
    this.#look(key, status, at);
  }

  lookAtOwn(own: OwnMetricsByKey): void {
    this.own.look(own, (key) => this.groupOf(key));
  }

  /** All that there are: what was missed is made up for, and those that are gone are forgotten. */
  look({ registrations }: RuntimeStatus, now: number): void {
    const keys = new Set(registrations.map(({ key }) => key));
    for (const key of [...this.#seen.keys()]) if (!keys.has(key)) this.#seen.delete(key);
    for (const status of registrations) this.#look(status.key, status, now);
  }

  #look(key: string, status: RegistrationStatus, now: number): void {
    const group = this.groupOf(key);
    const before = this.#seen.get(key);
    const figures = figuresOf(status);
    for (const name of growingNames) grow(this.grown[name], group, figures[name], before?.figures[name] ?? 0);
    const { requestDurations: durations } = status;
    for (const [i, sums] of this.durations.entries())
      grow(sums, group, durations[i] ?? 0, before?.durations[i] ?? 0);
    // A clock that was set back adds nothing.
    if (before) {
      const labels = { ...before.group, ...stateLabels(before.path) };
      this.stateSeconds.add(labels, Math.max(0, now - before.since) / 1_000);
    }
    this.#seen.set(key, {
      group,
      path: statePath(status.state, status.child),
      since: now,
      figures,
      durations,
    });
  }
}

/** One that was removed and added again begins at 0. */
function grow(sums: Sums, group: Labels, now: number, before: number): void {
  sums.add(group, now < before ? now : now - before);
}
