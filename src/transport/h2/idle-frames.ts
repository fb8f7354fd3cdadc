/**
 * How many frames a peer may send that bring nothing forward: so many at once, and as many more in a second. Each of
 * them costs little, but a connection that only does this work is none.
 */
import { frameLimits } from "../../protocol/limits.js";
import { ConnectionFault } from "./faults.js";

export class IdleFrames {
  readonly #now: () => number;
  #left: number = frameLimits.idleFrames;
  #at: number;

  /** `now` is monotonic, in ms. */
  constructor(now: () => number) {
    this.#now = now;
    this.#at = now();
  }

  /** One more; `what` it is, in words. Throws {@link ConnectionFault} when it is one too many. */
  count(what: string, weight = 1): void {
    this.#left -= weight;
    if (this.#left >= 0) return;
    const now = this.#now();
    const most = frameLimits.idleFrames;
    this.#left = Math.min(most, this.#left + Math.floor(((now - this.#at) / 1_000) * most));
    this.#at = now;
    if (this.#left < 0)
      throw new ConnectionFault(
        "ENHANCE_YOUR_CALM",
        `a flood of frames that bring nothing forward, now ${what}`,
      );
  }
}
