/** A request that cannot be served; the message names the field. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** What else is known that may be the reason. */
  readonly hint: string | undefined;
  constructor(status: number, code: string, message: string, hint?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}
