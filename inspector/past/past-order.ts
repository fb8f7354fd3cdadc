/** Ten thousand rows in order within a part of a frame: each is one number, and numbers sort fast. */
import { troubleRanks } from "../../src/troubles/troubles.js";
import type { Order } from "../fleet/order.js";

/** Registrations by their places by name, with what they are ordered by. */
export interface Ordered {
  readonly length: number;
  /** The place by name, in order. */
  readonly name: Int32Array;
  /** Of the worst trouble; what has none comes after all that has, what serves last. */
  readonly trouble: Uint8Array;
  /** 1: it serves. */
  readonly good: Uint8Array;
  /** When it came to its state; NaN: nobody knows. */
  readonly since: Float64Array;
  readonly losses: Int32Array;
}

/** Whole numbers up to here are exact. */
const most = 2 ** 53;

function largest(values: ArrayLike<number>, length: number): number {
  let most = 0;
  for (let at = 0; at < length; at += 1) most = Math.max(most, values[at] ?? 0);
  return most;
}

/** For some orders the oldest comes first; NaN: not for this one. */
function agesOf({ since, good, length }: Ordered, order: Order): Float64Array | undefined {
  if (order !== "trouble" && order !== "age") return undefined;
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const isCounted = (at: number): boolean => order === "age" || good[at] === 0;
  for (let at = 0; at < length; at += 1) {
    const time = since[at] ?? Number.NaN;
    if (Number.isNaN(time) || !isCounted(at)) continue;
    oldest = Math.min(oldest, time);
    newest = Math.max(newest, time);
  }
  const last = newest >= oldest ? newest - oldest + 1 : 1;
  const ages = new Float64Array(length);
  for (let at = 0; at < length; at += 1) {
    const time = since[at] ?? Number.NaN;
    if (isCounted(at)) ages[at] = Number.isNaN(time) ? last : time - oldest;
  }
  return ages;
}

/**
 * The places by name, in the order; by name alone where a recording knows nothing, as of requests and heartbeats. They serve
 * as the last digits of the numbers, too, and tell them apart.
 */
export function orderedBy(order: Order, rows: Ordered): Int32Array {
  const { length, name, trouble, losses } = rows;
  const places = largest(name, length) + 1;
  const ages = agesOf(rows, order);
  const mostLosses = order === "losses" ? largest(losses, length) : 0;
  const firsts = order === "trouble" ? troubleRanks.size + 2 : mostLosses + 1;
  // What is left for the times between; where that is too little, some count as equal.
  const room = Math.floor(most / places / firsts);
  const scale = ages ? Math.min(1, (room - 1) / (largest(ages, length) + 1)) : 0;
  const keys = new Float64Array(length);
  for (let at = 0; at < length; at += 1) {
    const first =
      order === "trouble" ? (trouble[at] ?? 0) : order === "losses" ? mostLosses - (losses[at] ?? 0) : 0;
    const time = ages ? Math.floor((ages[at] ?? 0) * scale) : 0;
    keys[at] = (first * room + time) * places + (name[at] ?? 0);
  }
  keys.sort();
  return Int32Array.from(keys, (key) => key % places);
}
