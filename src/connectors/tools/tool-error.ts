/** The error by which a handler says that it failed on purpose. */

/**
 * A failure that a tool reports on purpose, with a code for the agent. Conventional: `INVALID_PARAMS`, `UNKNOWN_TOOL`.
 *
 * @example
 * ```ts
 * import { ToolError } from "mooring";
 *
 * throw new ToolError("NOT_FOUND", "no such file");
 * ```
 */
export class ToolError extends Error {
  /** What callers can tell failures by. */
  readonly code: string;
  /** `code` must not be empty; both reach the caller word for word. Throws TypeError for what is no text. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    if (typeof code !== "string" || code === "" || typeof message !== "string")
      throw new TypeError(
        'ToolError takes a code and a message: new ToolError("NOT_FOUND", "no such file").',
      );
    super(message, options);
    this.name = "ToolError";
    this.code = code;
  }
}
