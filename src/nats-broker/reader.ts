/** One reader's end: who waits for an event, what is held, and how it ends. Where events come from, those who extend it know. */
import type { EventDelivery, EventMessage, EventSubscription } from "../connectors/events/broker.js";
import { everyDelivery } from "../connectors/events/every-delivery.js";
import type { MooringError } from "../errors.js";
import type { Link, LinkListener } from "./link.js";

/** An event that is here. */
export interface Arrived {
  readonly seq: number;
  readonly message: EventMessage;
  readonly deliveries: number;
  /** After that it is not handed out, since 1970 in ms. */
  readonly expiresAt: number | undefined;
  /** Where to say what became of it; empty when nobody wants to know. */
  reply: string;
}

export const isExpired = ({ expiresAt }: Pick<Arrived, "expiresAt">): boolean =>
  expiresAt !== undefined && Date.now() >= expiresAt;

interface Waiting {
  /** It takes what is there, and does not wait. */
  readonly isPolling: boolean;
  readonly give: (delivery: EventDelivery | undefined) => void;
  readonly fail: (failure: MooringError) => void;
}

export interface ReaderOptions {
  readonly autoAck: boolean;
  readonly buffer: number;
  /** It has ended. */
  readonly left: (reader: NatsReader) => void;
}

export abstract class NatsReader implements EventSubscription, LinkListener {
  protected readonly link: Link;
  protected readonly options: ReaderOptions;
  protected readonly waiting: Waiting[] = [];
  /** Handed out and not acknowledged. */
  protected readonly held = new Set<Arrived>();
  /** To tell with the next event. */
  protected missed = 0;
  #failure: MooringError | undefined;
  #isClosed = false;

  constructor(link: Link, options: ReaderOptions) {
    this.link = link;
    this.options = options;
    link.listen(this);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  next(signal?: AbortSignal): Promise<EventDelivery | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#isClosed) return Promise.resolve(undefined);
    const isPolling = signal?.aborted === true;
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.waiting.splice(this.waiting.indexOf(waiting), 1);
        resolve(undefined);
      };
      const settled = () => signal?.removeEventListener("abort", stop);
      const waiting: Waiting = {
        isPolling,
        give: (delivery) => {
          settled();
          resolve(delivery);
        },
        fail: (failure) => {
          settled();
          reject(failure);
        },
      };
      this.waiting.push(waiting);
      if (!isPolling) signal?.addEventListener("abort", stop, { once: true });
      this.pump();
    });
  }

  [Symbol.asyncIterator](): AsyncGenerator<EventDelivery, void> {
    return everyDelivery(() => this.next());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.link.leave(this);
    for (const { give } of this.waiting.splice(0)) give(undefined);
    this.options.left(this);
    await this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  ended(failure: MooringError): void {
    if (this.#isClosed) return;
    this.#failure = failure;
    const waiting = this.waiting.splice(0);
    void this.close().catch(() => {});
    for (const { fail } of waiting) fail(failure);
  }

  abstract back(): void;
  /** Hands out what is here, and asks for more when somebody waits. */
  protected abstract pump(): void;
  /** Somebody is done with it, or gives it back. */
  protected abstract settle(arrived: Arrived, how: "done" | "dropped" | "again"): void;
  protected abstract release(): Promise<void>;

  /** Whether one more may be handed out. */
  protected get hasRoom(): boolean {
    return this.options.autoAck || this.held.size < this.options.buffer;
  }

  /** Whoever did not want to wait gets nothing. */
  protected endPolls(): void {
    for (const waiting of this.waiting.filter(({ isPolling }) => isPolling)) {
      this.waiting.splice(this.waiting.indexOf(waiting), 1);
      waiting.give(undefined);
    }
  }

  protected handOut(arrived: Arrived): void {
    const waiting = this.waiting.shift();
    if (!waiting) return;
    const { message, deliveries } = arrived;
    const { missed } = this;
    this.missed = 0;
    if (this.options.autoAck) this.settle(arrived, "done");
    else this.held.add(arrived);
    const once = (how: "done" | "dropped" | "again") => {
      // A later reader of the same event has a delivery of its own.
      if (!this.held.delete(arrived)) return;
      this.settle(arrived, how);
      if (!this.#isClosed) this.pump();
    };
    waiting.give({
      message,
      missed,
      deliveries,
      acknowledge: () => once("done"),
      reject: ({ requeue = false } = {}) => once(requeue ? "again" : "dropped"),
    });
  }
}
