/**
 * Whose suspected requests may run: of all registrations of a thread one at a time, so that the next death of the thread
 * tells the guilty one from those that were under way beside it.
 */
export interface Quarantined {
  /** One of its suspected requests may run now; {@link Quarantine.leave} gives the turn on. */
  turn(): void;
}

export class Quarantine {
  #holder: Quarantined | undefined;
  readonly #waiting = new Set<Quarantined>();

  /** Returns true when it has the turn at once. */
  ask(one: Quarantined): boolean {
    if (this.#holder) this.#waiting.add(one);
    else this.#holder = one;
    return this.#holder === one && !this.#waiting.has(one);
  }

  /** Its request is over. The next has its turn a little later: what the request left behind ends the thread before. */
  leave(one: Quarantined): void {
    // One that waits holds no turn, or has given it up a moment ago.
    if (this.#waiting.delete(one) || this.#holder !== one) return;
    setImmediate(() => {
      const [next] = this.#waiting;
      this.#holder = next;
      if (!next) return;
      this.#waiting.delete(next);
      next.turn();
    });
  }
}
