/** The error by which a handler says that it failed on purpose. */

/** A failure that a tool reports on purpose, with a code for the agent. Conventional: `INVALID_PARAMS`, `UNKNOWN_TOOL`. */
export class ToolError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "ToolError";
    this.code = code;
  }
}
