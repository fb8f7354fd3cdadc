/** A command line of the wrong form ends a command with 2, as where Commander finds it. */

import { invalidConfig, type MooringError } from "../errors.js";
import { exitCodes } from "./exit-codes.js";

/** The error to throw; sets the exit code. */
export function wrongForm(message: string, cause?: unknown): MooringError {
  process.exitCode = exitCodes.wronglyCalled;
  return invalidConfig(message, cause);
}
