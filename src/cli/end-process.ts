/** That a command ends; by which code, `exit-codes.ts` says. */

/** Time for what ends by itself, and for the last lines, in ms. */
const graceMs = 500;

/** Ends the command when its work is done, with `process.exitCode`, whatever a user's module has left running. */
export function endProcess(): void {
  setTimeout(() => process.exit(), graceMs).unref();
}
