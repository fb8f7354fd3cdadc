/**
 * When a connection is given up although it lives: after a few openings in a row that the peer failed before it said
 * anything. A gateway that fails everybody is no reason to dial for ever: what was given up without an answer since
 * makes the next one wait longer.
 */
import { retirement } from "../../protocol/limits.js";
import type { StreamEnding } from "../transport.js";

const { openings, freely, shortestPauseMs, longestPauseMs } = retirement;

/** Whether the end of a stream that had brought no message speaks against its connection. */
export function isFailedOpening({ by, failure: { cause } }: StreamEnding): boolean {
  // A proxy says "unavailable" of a gateway that it does not reach; whatever else a peer says, it is there and answers.
  if (by === "local" || (by === "peer" && cause !== "peer-unavailable")) return false;
  return cause !== "message-too-large" && cause !== "outbound-closed";
}

export class Retirement {
  readonly #now: () => number;
  readonly #failed = new WeakMap<object, number>();
  /** Since an opening was answered, on any connection. */
  #givenUp = 0;
  #notBefore = Number.NEGATIVE_INFINITY;

  /** `now` is monotonic, in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  answered(channel: object): void {
    this.#failed.delete(channel);
    this.#givenUp = 0;
    this.#notBefore = Number.NEGATIVE_INFINITY;
  }

  /** Returns true when the connection is to be given up. */
  failed(channel: object): boolean {
    const failed = (this.#failed.get(channel) ?? 0) + 1;
    this.#failed.set(channel, failed);
    const now = this.#now();
    if (failed < openings || now < this.#notBefore) return false;
    this.#givenUp += 1;
    const beyond = this.#givenUp - freely;
    if (beyond >= 0) this.#notBefore = now + Math.min(longestPauseMs, shortestPauseMs * 2 ** beyond);
    return true;
  }
}
