/**
 * The outbound half of a stream, as the async iterable that Connect reads. Bounded by marks in bytes: over
 * the high one `push` says so, under the low one again `writable` is called.
 *
 * Connect may ask for the iterator a second time after an error and then call `return`, so the queue is its
 * own iterator.
 */
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { highWaterBytes, lowWaterBytes } from "../../protocol/limits.js";
import { weightOf } from "../outbound-weight.js";

export interface OutboundListener {
  /** The first message has been handed to the connection. */
  firstWritten(): void;
  writable(): void;
  /** Connect takes no more: the stream is broken. */
  refused(): void;
}

/** Messages already taken that the array may still hold. */
const maxTaken = 1024;

type Result = IteratorResult<StreamMessage, undefined>;

export class OutboundQueue implements AsyncIterableIterator<StreamMessage, undefined> {
  readonly #listener: OutboundListener;
  #messages: StreamMessage[] = [];
  #head = 0;
  #bytes = 0;
  #over = false;
  #full = false;
  #taken = 0;
  #waiting: ((result: Result) => void) | undefined;

  constructor(listener: OutboundListener) {
    this.#listener = listener;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** False when over the high-water mark, or ended (then the message is dropped). */
  push(message: StreamMessage): boolean {
    if (this.#over) return false;
    if (this.#waiting) {
      this.#taken += 1;
      this.#waiting({ value: message, done: false });
      this.#waiting = undefined;
      return true;
    }
    this.#messages.push(message);
    this.#bytes += weightOf(message);
    if (this.#bytes > highWaterBytes) this.#full = true;
    return !this.#full;
  }

  /** No more comes; what is queued still goes out. */
  end(): void {
    this.#over = true;
    this.#waiting?.({ value: undefined, done: true });
    this.#waiting = undefined;
  }

  next(): Promise<Result> {
    if (this.#taken === 1) this.#listener.firstWritten();
    const message = this.#messages[this.#head];
    if (message === undefined) {
      if (this.#over) return Promise.resolve({ value: undefined, done: true });
      return new Promise((resolve) => {
        this.#waiting = resolve;
      });
    }
    this.#take(message);
    return Promise.resolve({ value: message, done: false });
  }

  /** Ends at once: what is queued goes nowhere. */
  discard(): void {
    this.#messages = [];
    this.#head = 0;
    this.#bytes = 0;
    this.end();
  }

  return(): Promise<Result> {
    this.discard();
    this.#listener.refused();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(): Promise<Result> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #take(message: StreamMessage): void {
    this.#taken += 1;
    this.#head += 1;
    this.#bytes -= weightOf(message);
    if (this.#head === this.#messages.length) {
      this.#messages = [];
      this.#head = 0;
      this.#bytes = 0;
    } else if (this.#head === maxTaken) {
      this.#messages = this.#messages.slice(maxTaken);
      this.#head = 0;
    }
    if (this.#full && this.#bytes < lowWaterBytes) {
      this.#full = false;
      this.#listener.writable();
    }
  }
}
