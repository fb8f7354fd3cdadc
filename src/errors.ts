/**
 * Errors that callers of Mooring can meet. Each has a stable string `code`; the message names the field
 * and the fix, and never carries a secret or text that a peer sent, but where another connector's failure is told to the
 * handler that asked it.
 */

/** Codes of {@link MooringError}; the protocol's names where it has one (docs/protocol.md, "Error codes"). */
export type MooringErrorCode =
  | "INVALID_CONFIG"
  | "NOT_RUNNING"
  | "CONNECTION_ERROR"
  | "STREAM_ERROR"
  | "REGISTRATION_ERROR"
  | "TIMEOUT"
  | "SERIALIZATION_ERROR"
  | "DESERIALIZATION_ERROR"
  | "UNSUPPORTED_ENCODING"
  | "MESSAGE_TOO_LARGE"
  | "INVOKE_FAILED"
  | "IO_ERROR"
  | "NOT_IMPLEMENTED"
  | "INTERNAL";

/** What a {@link MooringError} may have beside its words. */
export interface MooringErrorOptions extends ErrorOptions {
  /** The code of the `ToolError` with which a tool has failed. */
  readonly toolCode?: string | undefined;
}

/**
 * Any error that Mooring throws on purpose. `cause` keeps the foreign error, when there is one.
 *
 * @example
 * ```ts
 * import { createRuntime, MooringError } from "mooring";
 *
 * try {
 *   createRuntime({ url: "nowhere at all" });
 * } catch (error) {
 *   if (error instanceof MooringError && error.code === "INVALID_CONFIG") console.error(error.message);
 * }
 * ```
 */
export class MooringError extends Error {
  /** What programs can tell errors by; it stays the same between versions. */
  readonly code: MooringErrorCode;
  /** The code of the `ToolError` with which a tool has failed, such as the tool that `invoke` has asked. */
  declare readonly toolCode?: string | undefined;

  /** `cause` in `options` keeps a foreign error, `toolCode` the code of a tool's. */
  constructor(code: MooringErrorCode, message: string, options?: MooringErrorOptions) {
    super(message, options);
    this.name = "MooringError";
    this.code = code;
    if (options?.toolCode !== undefined) this.toolCode = options.toolCode;
  }
}

/** Node's code of an error, such as ENOENT, and nothing else of it: its text may quote a file or a peer. */
export function codeOf(error: unknown, otherwise = "UNKNOWN"): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : otherwise;
}

/** The words of whatever was thrown, which may be anything; finding them must not fail. */
export function textOf(error: unknown, otherwise = "a value that has no text"): string {
  try {
    return error instanceof Error ? String(error.message || error.name) : String(error);
  } catch {
    return otherwise;
  }
}

/** A setting that cannot be used: the message names the field, what was given and what is expected. */
export function invalidConfig(message: string, cause?: unknown): MooringError {
  return new MooringError("INVALID_CONFIG", message, cause === undefined ? undefined : { cause });
}
