/** The calls of a connection, by their stream identifiers, and those for which the peer has no room yet. */
import type { Call } from "./call.js";
import { ClosedCalls } from "./closed-calls.js";
import { max31 } from "./frame.js";

export class CallTable {
  readonly #open = new Map<number, Call>();
  #waiting: Call[] = [];
  readonly #closed = new ClosedCalls();
  #nextId: number;

  /** `firstId`: the identifier of the first stream. */
  constructor(firstId = 1) {
    this.#nextId = firstId;
  }

  /** Whether there are identifiers left; without, nothing is to be started. */
  get hasIds(): boolean {
    return this.#nextId + 2 * this.#waiting.length <= max31;
  }

  get(id: number): Call | undefined {
    return this.#open.get(id);
  }

  /** Whether a stream is or was there. Those that a peer would open never are. */
  wasOpened(id: number): boolean {
    return id % 2 === 1 && id < this.#nextId;
  }

  /** Whether a stream is closed and had been ended by the peer, not long ago. */
  hasEnded(id: number): boolean {
    return this.#closed.hasEnded(id);
  }

  open(): Iterable<Call> {
    return this.#open.values();
  }

  /** As they are now, the waiting ones included. */
  all(): readonly Call[] {
    return [...this.#waiting, ...this.#open.values()];
  }

  wait(call: Call): void {
    this.#waiting.push(call);
  }

  /** A call that waited and is to be opened by this identifier; undefined when nobody waits or the peer has no room. */
  admit(maxStreams: number): { readonly call: Call; readonly id: number } | undefined {
    if (this.#open.size >= maxStreams) return undefined;
    const call = this.#waiting.shift();
    if (!call) return undefined;
    const id = this.#nextId;
    this.#nextId += 2;
    this.#open.set(id, call);
    return { call, id };
  }

  /** `isInOrder`: both sides had ended it. */
  remove(call: Call, isInOrder: boolean): void {
    if (!this.#open.delete(call.id)) this.#waiting = this.#waiting.filter((one) => one !== call);
    else if (isInOrder) this.#closed.ended(call.id);
  }
}
