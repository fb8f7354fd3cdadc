/** The error by which a handler says that it failed on purpose. */

/** A failure that a tool reports on purpose, with a code for the agent. Conventional: `INVALID_PARAMS`, `UNKNOWN_TOOL`. */
export class ToolError extends Error {
  readonly code: string;
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
