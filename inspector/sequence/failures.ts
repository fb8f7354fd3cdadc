/** Whether an event tells of a failure, and of which. */
import type { Fields } from "../feed/told.js";

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

const wordIn = (failure: unknown): string => {
  const { cause, code } = isFields(failure) ? failure : {};
  return [cause, code].find((word) => typeof word === "string") ?? "failed";
};

/** In a word; undefined: it tells of none. */
export function failureIn(event: string, facts: Fields): string | undefined {
  const { failure, output } = facts;
  if (isFields(failure)) return wordIn(failure);
  if (isFields(output) && output.ok === false) return wordIn(output.failure ?? output);
  if (event.startsWith("xstate.error.")) return "failed";
  return /^xstate\.after\..*Deadline/.test(event) ? "no answer in time" : undefined;
}
