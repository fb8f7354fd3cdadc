/** Tells a handler's error that nobody meant to throw from those that are answers. */
import { MooringError } from "../errors.js";
import { ToolError } from "./tool-error.js";

/** What is no error becomes one: only errors have a place in logs, and finding words for it must not fail. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  try {
    return new Error(`The handler threw a value that is no error: ${String(thrown)}`);
  } catch {
    return new Error("The handler threw a value that has no text.");
  }
}

/** The error to look into; undefined for a `ToolError`, and for what Mooring itself found wrong with a request. */
export function unexpectedError(thrown: unknown): Error | undefined {
  if (thrown instanceof ToolError) return undefined;
  if (!(thrown instanceof MooringError)) return asError(thrown);
  // A failed call tells in other words what its handler threw.
  if (thrown.code !== "INVOKE_FAILED" || !Object.hasOwn(thrown, "cause")) return undefined;
  return unexpectedError(thrown.cause);
}
