/** What numbers may be: between bounds, and within what a timer of Node can keep. */
import { invalidConfig } from "../errors.js";
import { maxTimerMs } from "../protocol/defaults.js";

/** The value. Throws INVALID_CONFIG that names the field and the bounds, which belong to it. */
export function inRange(field: string, value: number, least: number, most: number): number {
  if (!Number.isFinite(value) || value < least || value > most) {
    throw invalidConfig(`${field} must be a number from ${least} to ${most}; got ${String(value)}.`);
  }
  return value;
}

/** A time of at least `least` (0) that a timer can keep. */
export const milliseconds = (field: string, value: number, least = 0): number =>
  inRange(field, value, least, maxTimerMs);

/** How many, from 1 to `most` (1,000,000); what is between two is the lower. */
export const count = (field: string, value: number, most = 1_000_000): number =>
  Math.floor(inRange(field, value, 1, most));

/** Throws INVALID_CONFIG for a time limit that no timer can keep; undefined is fine. */
export function checkTimeLimit(field: string, ms: number | undefined): void {
  if (ms !== undefined) milliseconds(field, ms, 1);
}
