/** One reader's end: who waits for an event, what is held, and how it ends. Where events come from, those who extend it know. */
import type { EventDelivery, EventMessage, EventSubscription } from "../connectors/events/broker.js";
import { everyDelivery } from "../connectors/events/every-delivery.js";
import type { MooringError } from "../errors.js";
import { silentLogger } from "../logger.js";
import { failureOf, mayRecover } from "./failures.js";
import type { Link, LinkListener, Opened } from "./link.js";

/** Between attempts to put it back in its place, in ms. */
const retryMs = 250;

/** An event that is here. */
export interface Arrived {
  readonly seq: number;
  readonly message: EventMessage;
  readonly deliveries: number;
  /** After that it is not handed out, since 1970 in ms. */
  readonly expiresAt: number | undefined;
  /** Where to say what became of it; empty when nobody wants to know, or its stream is gone. */
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
  /** How it has ended. */
  #end: "closed" | MooringError | undefined;
  /** The attempt to put it in its place that counts: the last one. */
  #attempt: object | undefined;
  #placedAt: Opened | undefined;

  constructor(link: Link, options: ReaderOptions) {
    this.link = link;
    this.options = options;
    link.listen(this);
  }

  get isClosed(): boolean {
    return this.#end !== undefined;
  }

  next(signal?: AbortSignal): Promise<EventDelivery | undefined> {
    if (this.#end === "closed") return Promise.resolve(undefined);
    if (this.#end) return Promise.reject(this.#end);
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
    if (this.isClosed) return;
    const released = this.#leave("closed");
    for (const { give } of this.waiting.splice(0)) give(undefined);
    await released;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  ended(failure: MooringError): void {
    if (this.isClosed) return;
    this.#leave(failure).catch(() => {});
    for (const { fail } of this.waiting.splice(0)) fail(failure);
  }

  async #leave(end: "closed" | MooringError): Promise<void> {
    this.#end = end;
    this.link.leave(this);
    this.options.left(this);
    await this.release();
  }

  /** It is where its events come from. Rejects with a MooringError. */
  async place(): Promise<void> {
    const attempt = {};
    this.#attempt = attempt;
    const isCurrent = () => this.#attempt === attempt && !this.isClosed;
    await this.link.call(async (opened) => {
      if (!isCurrent()) return;
      await this.make(opened, isCurrent);
      this.#placedAt = opened;
    });
  }

  back(): void {
    this.replace();
  }

  replaced(): void {
    if (this.isClosed) return;
    // What it had not read of the old stream, nobody knows any more.
    this.missed += 1;
    for (const arrived of this.held) arrived.reply = "";
    this.beginAnew();
    this.replace();
  }

  /** It hears nothing any more. With an error, it is of no use to try again. */
  protected failed(error?: Error): void {
    if (error) return this.ended(failureOf(error, this.link.settings));
    this.link.forget(this.#placedAt);
    this.replace();
  }

  /** Puts it back in its place, as often as that may help. */
  private replace(): void {
    if (this.isClosed) return;
    this.unmake();
    const placing = this.place();
    const attempt = this.#attempt;
    const ifLast = (then: () => void) => {
      if (this.#attempt === attempt && !this.isClosed) then();
    };
    placing.then(
      () =>
        ifLast(() => {
          this.link.placed(this);
          this.pump();
        }),
      (failure: MooringError) =>
        ifLast(() => {
          if (!mayRecover(failure)) return this.#giveUp(failure);
          this.link.displaced(this, failure);
          this.endPolls();
          setTimeout(() => ifLast(() => this.replace()), retryMs).unref();
        }),
    );
  }

  #giveUp(failure: MooringError): void {
    const { logger = silentLogger, stream } = this.link.settings;
    logger.error(
      { stream, error: failure.message },
      "a reader has ended: it cannot be put back in its place",
    );
    this.ended(failure);
  }

  /** Asks the server for its place, and listens there, unless that is not wanted any more. */
  protected abstract make(opened: Opened, isWanted: () => boolean): Promise<void>;
  /** Does not listen any more. */
  protected abstract unmake(): void;
  /** Its place is the beginning of a stream. */
  protected abstract beginAnew(): void;
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
      if (!this.isClosed) this.pump();
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
