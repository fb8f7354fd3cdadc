/** How a command ends: its exit code (docs/using.md has the whole table), and that it ends. */

/** The command line has the wrong form. */
export const wronglyCalled = 2;

/** A runtime or a gateway could not be asked. */
export const cannotAsk = 2;

/** Time for what ends by itself, and for the last lines, in ms. */
const graceMs = 500;

/** Ends the command when its work is done, with `process.exitCode`, whatever a user's module has left running. */
export function endProcess(): void {
  setTimeout(() => process.exit(), graceMs).unref();
}
