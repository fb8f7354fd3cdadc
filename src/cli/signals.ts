/** Signals of the process: the first SIGINT or SIGTERM drains, the second closes. */

/**
 * Resolves with the exit code (130 or 143) after the first signal's `drain` has ended, or at once after the
 * second signal's `close`.
 */
export function untilSignal(drain: () => Promise<unknown>, close: () => Promise<unknown>): Promise<number> {
  return new Promise((resolve, reject) => {
    let seen = 0;
    const handle = (signal: "SIGINT" | "SIGTERM") => {
      seen += 1;
      const code = signal === "SIGINT" ? 130 : 143;
      const ended = seen === 1 ? drain() : close();
      ended.then(() => resolve(code), reject);
    };
    process.on("SIGINT", () => handle("SIGINT"));
    process.on("SIGTERM", () => handle("SIGTERM"));
  });
}
