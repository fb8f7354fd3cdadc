/** Which registrations are listed, and in what order. */
import { troubleRank } from "../../src/troubles/troubles.js";
import type { Row } from "./row.js";

export type Order = "trouble" | "age" | "losses" | "errors" | "roundTrip" | "name";

export const orders: readonly (readonly [Order, string])[] = [
  ["trouble", "Trouble first"],
  ["age", "Longest in its state"],
  ["losses", "Most lost links"],
  ["errors", "Most errors"],
  ["roundTrip", "Longest round trip"],
  ["name", "Name"],
];

/** Facets by which the list can be narrowed; null: all. */
export interface Wanted {
  readonly words: string;
  readonly state: string | null;
  readonly cause: string | null;
  readonly tenant: string | null;
  readonly type: string | null;
  readonly trouble: string | null;
}

export const everything: Wanted = {
  words: "",
  state: null,
  cause: null,
  tenant: null,
  type: null,
  trouble: null,
};

const rankOf = ({ troubles, tone }: Row): number => troubleRank(troubles, tone === "good");

const oldest = (a: Row, b: Row): number => (a.since ?? Infinity) - (b.since ?? Infinity) || 0;
const byName = (a: Row, b: Row): number => (a.key < b.key ? -1 : 1);

const comparing: Readonly<Record<Order, (a: Row, b: Row) => number>> = {
  trouble: (a, b) => rankOf(a) - rankOf(b) || (a.tone === "good" ? 0 : oldest(a, b)) || byName(a, b),
  age: (a, b) => oldest(a, b) || byName(a, b),
  losses: (a, b) => b.losses - a.losses || byName(a, b),
  errors: (a, b) => (b.figures?.failed ?? 0) - (a.figures?.failed ?? 0) || byName(a, b),
  roundTrip: (a, b) => (b.figures?.roundTripMs ?? -1) - (a.figures?.roundTripMs ?? -1) || byName(a, b),
  name: byName,
};

export function listed<Listed extends Row>(
  rows: Iterable<Listed>,
  wanted: Wanted,
  order: Order,
): readonly Listed[] {
  const words = wanted.words.trim().toLowerCase();
  const fits = (row: Row): boolean =>
    (wanted.state === null || row.state === wanted.state) &&
    (wanted.cause === null || row.cause === wanted.cause) &&
    (wanted.tenant === null || row.tenant === wanted.tenant) &&
    (wanted.type === null || row.type === wanted.type) &&
    (wanted.trouble === null || row.troubles.includes(wanted.trouble)) &&
    (words === "" || `${row.key} ${row.state} ${row.cause}`.toLowerCase().includes(words));
  return [...rows].filter(fits).sort(comparing[order]);
}

/** All that is listed, in the order of before first: what is nearly in order is soon in order. */
export function listedAgain<Listed extends Row>(
  before: readonly Listed[],
  rows: ReadonlyMap<string, Listed>,
  wanted: Wanted,
  order: Order,
): readonly Listed[] {
  const isThere = (row: Listed): boolean => rows.get(row.key) === row;
  const known = new Set(before.filter(isThere));
  const others = [...rows.values()].filter((row) => !known.has(row));
  return listed([...known, ...others], wanted, order);
}
