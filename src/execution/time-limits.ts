/**
 * One timer for the time limits of all running requests of a registration: a timer per request would cost
 * more than most requests do. It may come a little late, never early.
 */
import { maxTimerMs } from "../protocol/defaults.js";

/** How much later than its limit a request may be timed out, so that many share one wake-up. */
const grainMs = 20;

export class TimeLimits {
  readonly #now: () => number;
  readonly #expire: (now: number) => number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  /** `expire` ends what is over its limit and returns the next limit, on `now`'s clock; undefined = none. */
  constructor(now: () => number, expire: (now: number) => number | undefined) {
    this.#now = now;
    this.#expire = expire;
  }

  /** Something must end by then. */
  watch(deadline: number): void {
    if (this.#timer && this.#wakeAt <= deadline + grainMs) return;
    this.stop();
    const wait = Math.min(Math.max(grainMs, Math.ceil(deadline - this.#now())), maxTimerMs);
    this.#wakeAt = deadline;
    this.#timer = setTimeout(() => this.#wake(), wait);
    this.#timer.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  #wake(): void {
    this.stop();
    const next = this.#expire(this.#now());
    if (next !== undefined) this.watch(next);
  }
}
