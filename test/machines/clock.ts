/**
 * A clock for XState that stands still until told. Unlike `SimulatedClock` it stops at every timer on the way,
 * so that timers set by timers come at the right moment, and it can fire one timer by its delay.
 */
interface Timer {
  readonly id: number;
  readonly delay: number;
  readonly at: number;
  readonly run: () => void;
}

export class StepClock {
  #now = 0;
  #count = 0;
  readonly #timers = new Map<number, Timer>();

  /** The most timers that were ever set at once. */
  most = 0;

  readonly setTimeout = (run: (...args: unknown[]) => void, delay: number): number => {
    this.#count += 1;
    const id = this.#count;
    this.#timers.set(id, { id, delay, at: this.#now + delay, run });
    this.most = Math.max(this.most, this.#timers.size);
    return id;
  };

  readonly clearTimeout = (id: number): void => {
    this.#timers.delete(id);
  };

  now(): number {
    return this.#now;
  }

  /** Timers that are set. */
  get size(): number {
    return this.#timers.size;
  }

  increment(ms: number): void {
    this.set(this.#now + ms);
  }

  set(ms: number): void {
    for (let next = this.#earliest(); next && next.at <= ms; next = this.#earliest()) {
      this.#now = next.at;
      this.#fire(next);
    }
    this.#now = ms;
  }

  /** Fires the oldest timer that was set with this delay, out of turn. False when there is none. */
  fire(delay: number): boolean {
    const timer = [...this.#timers.values()].find((one) => one.delay === delay);
    if (timer) this.#fire(timer);
    return timer !== undefined;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer.id);
    timer.run();
  }

  #earliest(): Timer | undefined {
    let found: Timer | undefined;
    for (const timer of this.#timers.values()) if (!found || timer.at < found.at) found = timer;
    return found;
  }
}
