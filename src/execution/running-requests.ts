/**
 * The requests of one registration that are in a slot, oldest first, and findable by id. A handler that answers at once is
 * the only one that holds the thread until it has: it is pointed at, and enters no table.
 */
import type { RunningRequest } from "./running-request.js";
import { TurnoverMap } from "./turnover-map.js";

export class RunningRequests {
  /** Whose handlers have returned without an answer, and those around {@link RunningRequests.#inside}. */
  readonly #kept = new TurnoverMap<string, RunningRequest>();
  /** Its handler has not returned. Younger than all others. */
  #inside: RunningRequest | undefined;

  get size(): number {
    return this.#inside ? this.#kept.size + 1 : this.#kept.size;
  }

  has(requestId: string): boolean {
    return this.#inside?.requestId === requestId || this.#kept.has(requestId);
  }

  /** Its handler is about to be called, maybe from within another one's. */
  enter(request: RunningRequest): void {
    if (this.#inside) this.stay(this.#inside);
    this.#inside = request;
  }

  /** Its handler will answer later. Nothing for one that has left meanwhile. */
  stay(request: RunningRequest): void {
    if (this.#inside !== request) return;
    this.#inside = undefined;
    this.#kept.set(request.requestId, request);
  }

  /** It is answered. */
  leave(request: RunningRequest): void {
    if (this.#inside === request) this.#inside = undefined;
    else this.#kept.delete(request.requestId);
  }

  /** Those of this moment: whoever goes through them may end some, and others may begin. */
  all(): readonly RunningRequest[] {
    const all = [...this.#kept.values()];
    if (this.#inside) all.push(this.#inside);
    return all;
  }
}
