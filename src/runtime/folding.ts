/** Folds what repeats in the changes of a runtime: a registration that fails again and again as before is told at growing distances. */
import type { StateChange } from "./changes.js";

interface Repeated {
  readonly words: string;
  readonly times: number;
}

const words = ({ to, cause, code }: StateChange): string => `${to} ${cause} ${code}`;

/** 1, 2, 4, 8, … */
const isPowerOfTwo = (n: number): boolean => (n & (n - 1)) === 0;

export class Folding {
  readonly #failures = new Map<string, Repeated>();

  /** The change as it is told; undefined when it is left out. */
  fold(change: StateChange): StateChange | undefined {
    const { key, cause, status } = change;
    const { state } = status;
    // On the way to the next try; how that ends is told.
    if (cause !== null && (state === "connecting" || state === "awaitingRegister")) return undefined;
    if (state !== "backoff") {
      this.#failures.delete(key);
      return change;
    }
    const before = this.#failures.get(key);
    const now = words(change);
    const times = before?.words === now ? before.times + 1 : 1;
    this.#failures.set(key, { words: now, times });
    return isPowerOfTwo(times) ? { ...change, times } : undefined;
  }
}
