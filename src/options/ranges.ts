/** Holds numbers to the range of their row, and texts to its choices. */
import { invalidConfig } from "../errors.js";
import type { Range, Row } from "./rows.js";

function inRange(field: string, value: number, { least, most, fractions }: Range): number {
  const isWhole = fractions !== "refuse" || Number.isInteger(value);
  if (!Number.isFinite(value) || !isWhole || value < least || value > most) {
    const wanted = fractions === "refuse" ? "a whole number" : "a number";
    throw invalidConfig(`${field} must be ${wanted} from ${least} to ${most}; got ${String(value)}.`);
  }
  if (fractions === "round down") return Math.floor(value);
  return fractions === "round up" ? Math.ceil(value) : value;
}

/** The number as it counts. Throws INVALID_CONFIG that names the field and the bounds. */
export const bounded = (field: string, value: number, { range }: Row<number>): number =>
  range ? inRange(field, value, range) : value;

/** The value as it counts. Throws INVALID_CONFIG that names the field and the bounds or the choices. */
export function allowed<Value>(field: string, value: Value, row: Row<Value>): Value {
  if (row.choices && !row.choices.includes(value))
    throw invalidConfig(`${field} must be one of ${row.choices.join(", ")}; got "${String(value)}".`);
  if (row.counts) return row.counts(field, value);
  // The kind of the row says that it is the same type.
  return row.range && typeof value === "number" ? (inRange(field, value, row.range) as Value) : value;
}

/** Throws INVALID_CONFIG for a number out of range; undefined is fine. */
export function checkRange(field: string, value: number | undefined, row: Row<number>): void {
  if (value !== undefined) bounded(field, value, row);
}
