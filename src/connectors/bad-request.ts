/** Refuses a request whose payload has not the shape of its kind; the code is in the answer's payload, too. */
import { MooringError } from "../errors.js";

/** `message` names the field and the fix. */
export const badRequest = (message: string): MooringError =>
  new MooringError("INVOKE_FAILED", `Invalid request: ${message}`, { toolCode: "INVALID_PARAMS" });

/** A value of a payload as an error may show it: not quoted, because errors reach logs. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value === "number") return `the number ${value}`;
  return typeof value === "undefined" ? "nothing" : `a ${typeof value}`;
}
