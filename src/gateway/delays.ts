/** What the delaying faults hold back; it ends with the gateway. */

/** At once; what is beyond goes without a delay. */
const mostDelayed = 10_000;

export class Delays {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** Now, or after a delay. */
  later(ms: number, act: () => void): void {
    if (ms <= 0 || this.#timers.size >= mostDelayed) return act();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
