/** One reader's end: who asks for the next event gets it as soon as there is one. */
import type { EventDelivery, EventSubscription } from "./broker.js";
import { everyDelivery } from "./every-delivery.js";

interface Waiting {
  readonly give: (delivery: EventDelivery | undefined) => void;
}

export class Member implements EventSubscription {
  readonly autoAck: boolean;
  readonly #wanted: () => void;
  readonly #left: (member: Member) => void;
  readonly #waiting: Waiting[] = [];
  #isClosed = false;

  constructor(autoAck: boolean, wanted: () => void, left: (member: Member) => void) {
    this.autoAck = autoAck;
    this.#wanted = wanted;
    this.#left = left;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  take(delivery: EventDelivery): void {
    this.#waiting.shift()?.give(delivery);
  }

  next(signal?: AbortSignal): Promise<EventDelivery | undefined> {
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(undefined);
      };
      const waiting: Waiting = {
        give: (delivery) => {
          signal?.removeEventListener("abort", stop);
          resolve(delivery);
        },
      };
      this.#waiting.push(waiting);
      signal?.addEventListener("abort", stop, { once: true });
      this.#wanted();
      if (signal?.aborted && this.#waiting.includes(waiting)) stop();
    });
  }

  [Symbol.asyncIterator](): AsyncGenerator<EventDelivery, void> {
    return everyDelivery(() => this.next());
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const { give } of this.#waiting.splice(0)) give(undefined);
    this.#left(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
