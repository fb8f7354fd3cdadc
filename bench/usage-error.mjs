// What the person who gave the command has to mend: told without a stack.
export class UsageError extends Error {}

/** Runs `work`; a {@link UsageError} ends the process with code 2 and one line. */
export async function tellingUsage(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(error.message);
    process.exitCode = 2;
  }
}
