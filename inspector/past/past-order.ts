/** Ten thousand rows in order within a part of a frame: each is one number, and numbers sort fast. */
import type { Tone } from "../../src/troubles/tone.js";
import { troubleRanks } from "../../src/troubles/troubles.js";
import type { Order } from "../fleet/order.js";

export interface Ordered {
  readonly slot: number;
  /** Its place by name. */
  readonly rank: number;
  readonly worst: string | undefined;
  readonly tone: Tone;
  /** NaN: nobody knows. */
  readonly since: number;
  readonly losses: number;
}

/** Whole numbers up to here are exact. */
const most = 2 ** 53;

/** The place of its worst trouble; what has none comes after all that has, what serves last. */
function troubleRank({ worst, tone }: Ordered): number {
  if (worst !== undefined) return troubleRanks.get(worst) ?? 0;
  return troubleRanks.size + (tone === "good" ? 1 : 0);
}

const isOld: Readonly<Record<Order, (row: Ordered) => boolean>> = {
  trouble: ({ tone }) => tone !== "good",
  age: () => true,
  losses: () => false,
  errors: () => false,
  roundTrip: () => false,
  name: () => false,
};

const first: Readonly<Record<Order, (row: Ordered, mostLosses: number) => number>> = {
  trouble: troubleRank,
  age: () => 0,
  losses: ({ losses }, mostLosses) => mostLosses - losses,
  // A recording knows nothing of requests and heartbeats.
  errors: () => 0,
  roundTrip: () => 0,
  name: () => 0,
};

/** The places of the rows by name serve as the last digits of their numbers, and tell them apart. */
export function orderedBy(order: Order, rows: readonly Ordered[]): Int32Array {
  const places = rows.reduce((largest, { rank }) => Math.max(largest, rank + 1), 1);
  const mostLosses = rows.reduce((largest, { losses }) => Math.max(largest, losses), 0);
  let [oldest, newest, firsts] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
  for (const row of rows) {
    firsts = Math.max(firsts, first[order](row, mostLosses) + 1);
    if (!isOld[order](row) || Number.isNaN(row.since)) continue;
    oldest = Math.min(oldest, row.since);
    newest = Math.max(newest, row.since);
  }
  // What is left for the times between; where that is too little, some count as equal.
  const room = Math.floor(most / places / firsts);
  const span = newest >= oldest ? newest - oldest + 2 : 2;
  const scale = Math.min(1, (room - 1) / span);
  const keys = new Float64Array(rows.length);
  const slots = new Int32Array(places);
  for (const [place, row] of rows.entries()) {
    const age = Number.isNaN(row.since) ? span - 1 : row.since - oldest;
    const time = isOld[order](row) ? Math.floor(age * scale) : 0;
    keys[place] = (first[order](row, mostLosses) * room + time) * places + row.rank;
    slots[row.rank] = row.slot;
  }
  keys.sort();
  return Int32Array.from(keys, (key) => slots[key % places] ?? 0);
}
