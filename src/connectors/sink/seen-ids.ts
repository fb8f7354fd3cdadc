/** Ids of items that were written, or are being written: a bounded number, each for a bounded time. */
import type { Failed } from "./result.js";

interface Seen {
  readonly at: number;
  /** Undefined when it is written. */
  readonly outcome: Promise<Failed | undefined> | undefined;
}

export class SeenIds {
  readonly #most: number;
  readonly #ttlMs: number;
  /** Oldest first. */
  readonly #seen = new Map<string, Seen>();

  constructor(most: number, ttlMs: number) {
    this.#most = most;
    this.#ttlMs = ttlMs;
  }

  /** What became of it, or will; undefined for a new one. */
  find(id: string): Seen | undefined {
    const seen = this.#seen.get(id);
    if (!seen || seen.outcome || performance.now() - seen.at < this.#ttlMs) return seen;
    this.#seen.delete(id);
    return undefined;
  }

  /** It is being written. What fails is forgotten, so that it can be tried again. */
  begin(id: string, outcome: Promise<Failed | undefined>): void {
    this.#seen.set(id, { at: performance.now(), outcome });
    void outcome.then((failure) => {
      this.#seen.delete(id);
      if (!failure) this.#keep(id);
    });
  }

  #keep(id: string): void {
    const now = performance.now();
    this.#seen.set(id, { at: now, outcome: undefined });
    for (const [oldest, { at, outcome }] of this.#seen) {
      if (this.#seen.size <= this.#most && now - at < this.#ttlMs) return;
      // What is being written is bounded by the requests that run.
      if (!outcome) this.#seen.delete(oldest);
      else if (this.#seen.size <= this.#most) return;
    }
  }
}
