/** Ends the command when its work is done, with `process.exitCode`, whatever a user's module has left running. */

/** Time for what ends by itself, and for the last lines, in ms. */
const graceMs = 500;

export function endProcess(): void {
  setTimeout(() => process.exit(), graceMs).unref();
}
