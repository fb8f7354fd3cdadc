/** An error that ends the command with a code of its own; any other ends it with 1. */
import type { MooringError } from "../errors.js";

export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, cause: MooringError) {
    super(cause.message, { cause });
    this.exitCode = exitCode;
  }
}
