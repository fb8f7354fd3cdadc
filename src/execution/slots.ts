/**
 * How many requests of a registration may run at once, and how many may wait: fixed, or found while they run. Fixed, it
 * is two numbers; else one timer of the event loop for each window of requests.
 */
import { AdaptiveLimit, type LimitBounds } from "./adaptive-limit.js";
import type { RequestOutcome } from "./request-tap.js";

export interface SlotSettings {
  readonly maxConcurrentRequests: number | LimitBounds;
  readonly maxQueuedRequests: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Calls it when the event loop turns, in a millisecond at the earliest. Default: by a timer that keeps no process alive. */
  readonly soon?: (act: () => void) => void;
}

/** The shortest time of a timer. */
const turnMs = 1;

const byTimer = (act: () => void): void => {
  setTimeout(act, turnMs).unref();
};

/** What changes while requests run. */
class MovingSlots {
  readonly #limit: AdaptiveLimit;
  readonly #moved: (limit: number) => void;
  readonly #now: () => number;
  readonly #soon: (act: () => void) => void;

  constructor(bounds: LimitBounds, settings: SlotSettings, moved: (limit: number) => void) {
    this.#limit = new AdaptiveLimit(bounds);
    this.#moved = moved;
    this.#now = settings.now;
    this.#soon = settings.soon ?? byTimer;
    moved(this.#limit.limit);
  }

  /** So many run now. */
  started(running: number): void {
    this.#limit.started(running);
  }

  /** Of a request that was given up nobody knows what it would have taken. */
  ended(startedAt: number, outcome: RequestOutcome): void {
    if (outcome === "cancelled") return;
    const at = this.#now();
    if (!this.#limit.ended(at, at - startedAt, outcome === "error")) return;
    this.#moved(this.#limit.limit);
    this.#soon(() => this.#limit.lagged(Math.max(0, this.#now() - at - turnMs)));
  }
}

export class Slots {
  /** So many may run. */
  count = 0;
  /** So many may wait: with fewer slots fewer, so that none waits for longer than with all. */
  waiting = 0;
  /** Undefined where the number is fixed. */
  readonly moving: MovingSlots | undefined;
  #holds = 0;

  constructor(settings: SlotSettings) {
    const { maxConcurrentRequests: given, maxQueuedRequests } = settings;
    const isFixed = typeof given === "number";
    const most = isFixed ? given : given.most;
    const set = (count: number) => {
      this.count = count;
      this.waiting = Math.ceil((maxQueuedRequests * count) / most);
    };
    if (isFixed) set(given);
    else this.moving = new MovingSlots(given, settings, set);
  }

  /** Whether one more may run beside so many. */
  hasRoom(running: number): boolean {
    return this.#holds === 0 && running < this.count;
  }

  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** None may begin until the returned function is called, which calls `released`. */
  hold(released: () => void): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      released();
    };
  }
}
