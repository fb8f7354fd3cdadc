/** Tells a handler's error that nobody meant to throw from those that are answers, and where it was thrown. */
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

/** Where an error was thrown, for a log: what a handler says of a failure may quote its payload, so no word of that. */
export interface ErrorTrace {
  /** Its class, e.g. `TypeError`. */
  readonly error: string;
  /** The calls that led there, a line each, innermost first. */
  readonly stack: string;
}

const isName = (text: unknown): text is string => typeof text === "string" && /^\w{1,64}$/.test(text);

/** Never fails, whatever the error's properties do. */
export function traceOf(thrown: Error): ErrorTrace {
  try {
    const { name, message, stack = "" } = thrown;
    // The message may have lines that look like calls.
    const calls = stack.slice(stack.indexOf(message) + message.length).split("\n");
    return {
      error: isName(name) ? name : "Error",
      stack: calls.filter((line) => line.startsWith("    at ")).join("\n"),
    };
  } catch {
    return { error: "Error", stack: "" };
  }
}
