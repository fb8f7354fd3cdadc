/** The rows of `top`: what is told of each registration, and in which order. */
import type { RegistrationStatus } from "../runtime/status.js";
import { troublesOfStatus } from "../troubles/judged-status.js";
import { type Tone, toneOf } from "../troubles/tone.js";
import { troubleRank } from "../troubles/troubles.js";

export interface TopRow {
  readonly status: RegistrationStatus;
  /** `state.child`, or the state alone. */
  readonly state: string;
  readonly tone: Tone;
  readonly troubles: readonly string[];
}

export function rowsOf(registrations: readonly RegistrationStatus[], now: number): readonly TopRow[] {
  return registrations.map((status) => ({
    status,
    state: status.child === null ? status.state : `${status.state}.${status.child}`,
    tone: toneOf(new Set(status.tags), status.state),
    troubles: troublesOfStatus(status, now),
  }));
}

export const orders = ["trouble", "age", "errors", "round trip", "in flight", "name"] as const;
export type Order = (typeof orders)[number];

const inFlight = ({ status: { work } }: TopRow): number => work.running + work.queued;
const byName = (a: TopRow, b: TopRow): number => (a.status.key < b.status.key ? -1 : 1);
const byAge = (a: TopRow, b: TopRow): number => a.status.since - b.status.since;

const rankOf = ({ troubles, status }: TopRow): number => troubleRank(troubles, status.ready);

const comparing: Readonly<Record<Order, (a: TopRow, b: TopRow) => number>> = {
  trouble: (a, b) => rankOf(a) - rankOf(b) || (a.status.ready ? 0 : byAge(a, b)),
  age: byAge,
  errors: (a, b) => b.status.counters.requests_failed - a.status.counters.requests_failed,
  "round trip": (a, b) => (b.status.roundTripMs ?? -1) - (a.status.roundTripMs ?? -1),
  "in flight": (a, b) => inFlight(b) - inFlight(a),
  name: byName,
};

/** What is looked for, and how it is ordered. */
export interface Wanted {
  readonly order: Order;
  readonly isReversed: boolean;
  readonly words: string;
}

/** Those that fit, in their order; equals by name, so that nothing jumps. */
export function listed(rows: readonly TopRow[], { order, isReversed, words }: Wanted): readonly TopRow[] {
  const wanted = words.trim().toLowerCase();
  const textOf = ({ status, state, troubles }: TopRow): string =>
    `${status.key} ${state} ${status.cause ?? ""} ${troubles.join(" ")}`.toLowerCase();
  const sign = isReversed ? -1 : 1;
  return rows
    .filter((row) => wanted === "" || textOf(row).includes(wanted))
    .sort((a, b) => sign * comparing[order](a, b) || byName(a, b));
}
