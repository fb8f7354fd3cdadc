/** Tells a handler's error that nobody meant to throw from those that are answers, and where it was thrown. */
import { MooringError } from "../errors.js";
import { ToolError } from "./tools/tool-error.js";

/** What a thrown proxy says of its prototype may be an error of its own. */
function isA<T>(type: abstract new (...args: never[]) => T, thrown: unknown): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** What is no error becomes one: only errors have a place in logs, and finding words for it must not fail. */
function asError(thrown: unknown): Error {
  try {
    if (thrown instanceof Error) return thrown;
    return new Error(`The handler threw a value that is no error: ${String(thrown)}`);
  } catch {
    return new Error("The handler threw a value that has no text.");
  }
}

/** The error to look into; undefined for a `ToolError`, and for what Mooring itself found wrong with a request. */
export function unexpectedError(thrown: unknown): Error | undefined {
  if (isA(ToolError, thrown)) return undefined;
  if (!isA(MooringError, thrown)) return asError(thrown);
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

/** As V8 writes it: what was called, where. */
const call = /^ {4}at (?:.+ \()?(?:file:|node:|\/|[A-Za-z]:\\).*:\d+:\d+\)?$/;

/** A message may have lines that look like calls, so it must be known where it ends; one that was changed hides that. */
function callsIn(stack: string, message: string): readonly string[] {
  const begin = stack.indexOf(message);
  const isAsWritten = begin >= 0 && !stack.slice(0, begin).includes("\n");
  return isAsWritten
    ? stack
        .slice(begin + message.length)
        .split("\n")
        .filter((line) => call.test(line))
    : [];
}

/** Never fails, whatever the error's properties do. */
export function traceOf(thrown: Error): ErrorTrace {
  try {
    const { name, message, stack = "" } = thrown;
    return { error: isName(name) ? name : "Error", stack: callsIn(stack, message).join("\n") };
  } catch {
    return { error: "Error", stack: "" };
  }
}

/** Also of what Mooring threw: its class alone says nothing, and its code says what to do. */
export function faultFacts(
  requestId: string,
  thrown: unknown,
): FailedCall & ErrorTrace & { readonly code?: string } {
  const fault = unexpectedError(thrown) ?? asError(thrown);
  const code = isA(MooringError, thrown) ? { code: thrown.code } : {};
  return { ...failedCall(requestId, thrown), ...code, ...traceOf(fault) };
}

/** A UUID, a number or a ULID, after a word at most: an id of another form may be a text, of which a log gets none. */
const requestIdForm = /^(?:[A-Za-z]{1,12}[-_.:])?(?:[0-9A-Fa-f-]{1,64}|[0-9A-HJKMNP-TV-Z]{26})$/;
const toolForm = /^[\w.:/-]{1,64}$/;

/** The tool that failed, as it was defined; what a caller named may be anything. */
function toolOf(thrown: unknown): string | undefined {
  if (!isA(MooringError, thrown) || thrown.code !== "INVOKE_FAILED" || !("tool" in thrown)) return undefined;
  return typeof thrown.tool === "string" && toolForm.test(thrown.tool) ? thrown.tool : undefined;
}

/** By what caller and log meet. */
export interface FailedCall {
  readonly requestId?: string;
  readonly tool?: string;
}

/** Which call of which tool it was. */
export function failedCall(requestId: string, thrown: unknown): FailedCall {
  const tool = toolOf(thrown);
  return {
    ...(requestIdForm.test(requestId) ? { requestId } : {}),
    ...(tool === undefined ? {} : { tool }),
  };
}

/** Of what nobody meant to throw: which call it was, and where it was thrown. */
export function unexpectedFacts(requestId: string, thrown: unknown): (FailedCall & ErrorTrace) | undefined {
  const unexpected = unexpectedError(thrown);
  return unexpected && { ...failedCall(requestId, thrown), ...traceOf(unexpected) };
}
