/**
 * One timer for the time limits of all running requests of a registration: a timer per request would cost
 * more than most requests do. It may come a little late, never early.
 */
import { maxTimerMs } from "../protocol/defaults.js";
import type { RunningRequest } from "./running-request.js";
import type { RunningRequests } from "./running-requests.js";

/** How much later than its limit a request may be timed out, so that many share one wake-up. */
const grainMs = 20;

export class TimeLimits {
  readonly #now: () => number;
  readonly #running: RunningRequests;
  readonly #timedOut: (request: RunningRequest) => void;
  #timer: NodeJS.Timeout | undefined;
  #wakeAt = Number.POSITIVE_INFINITY;

  /** `timedOut` ends one that is over its limit. */
  constructor(now: () => number, running: RunningRequests, timedOut: (request: RunningRequest) => void) {
    this.#now = now;
    this.#running = running;
    this.#timedOut = timedOut;
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
    const now = this.#now();
    let next = Number.POSITIVE_INFINITY;
    for (const request of this.#running.all()) {
      if (request.dueAt > now) next = Math.min(next, request.dueAt);
      else this.#timedOut(request);
    }
    if (next < Number.POSITIVE_INFINITY) this.watch(next);
  }
}
