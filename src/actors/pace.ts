/**
 * Spreads what thousands want to begin in one moment over turns of the event loop, in order. It limits no more
 * than that: what has begun may wait for the network as long as it needs, and holds nobody up.
 */
export class Pace {
  readonly #perTurn: number;
  /** How many may still begin in this turn. */
  #left: number;
  /** `counting`: somebody began in this turn or waits for the next. */
  #state: "idle" | "counting" = "idle";
  /** In order; everything before `#next` has begun. */
  #waiting: (() => void)[] = [];
  #next = 0;

  constructor(perTurn: number) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
  }

  /** Calls it now, or in the first turn that has room. What it throws becomes an uncaught exception. */
  begin(begin: () => void): void {
    if (this.#state === "idle") this.#count();
    if (this.#left === 0) {
      this.#waiting.push(begin);
      return;
    }
    this.#left -= 1;
    beginSafely(begin);
  }

  /** Resolves in the next turn that has room, never in this one. */
  nextTurn(): Promise<void> {
    if (this.#state === "idle") this.#count();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #count(): void {
    this.#state = "counting";
    setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    const room = Math.min(this.#perTurn, this.#waiting.length - this.#next);
    const first = this.#next;
    const waiting = this.#waiting;
    this.#next += room;
    this.#left = this.#perTurn - room;
    if (this.#next === waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    if (room > 0) this.#count();
    else this.#state = "idle";
    for (let at = first; at < first + room; at += 1) beginSafely(waiting[at]);
  };
}

/** One that throws holds nobody up. */
function beginSafely(begin: (() => void) | undefined): void {
  try {
    begin?.();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
