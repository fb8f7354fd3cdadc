/** Signals of the process: the first SIGINT or SIGTERM drains, the second closes. */

export interface Signals {
  /** Whether one has come. */
  received(): boolean;
  /** The exit code (130 or 143), when what the signal asked for has been done. */
  readonly obeyed: Promise<number>;
}

/** Listens from now on. */
export function onSignals(drain: () => Promise<unknown>, close: () => Promise<unknown>): Signals {
  let seen = 0;
  const obeyed = new Promise<number>((resolve, reject) => {
    const obey = (code: number) => {
      seen += 1;
      const done = seen === 1 ? drain() : close();
      done.then(() => resolve(code), reject);
    };
    process.on("SIGINT", () => obey(130));
    process.on("SIGTERM", () => obey(143));
  });
  return { received: () => seen > 0, obeyed };
}
