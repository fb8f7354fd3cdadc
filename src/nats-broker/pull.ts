/**
 * Asks one consumer for messages and hears what comes. What is asked for stands at the server until it has come, its time
 * is over or the connection is lost; a request that does not wait is answered at once.
 */
import type { MsgHdrs, NatsConnection, Subscription } from "@nats-io/transport-node";
import type { Opened } from "./link.js";
import { nanos } from "./stream.js";

/** A message of the stream in the hands of this process. */
export interface Pulled {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
  /** Where to say what became of it. */
  readonly reply: string;
  readonly seq: number;
  readonly deliveries: number;
  readonly storedAt: number;
}

interface Asked {
  left: number;
  readonly isWaiting: boolean;
}

export interface PullListener {
  pulled(message: Pulled): void;
  /** A request is over. */
  answered(): void;
  /** Nothing is heard any more, or the consumer is gone. With an error, it is of no use to try again. */
  failed(error?: Error): void;
}

/** How long a request stands, and how often the server says that it does, in ms. */
const standMs = 30_000;
const beatMs = 5_000;

/** Of the server's answers: nothing there, and time is over. All others are trouble. */
const ordinary = [404, 408];

let serial = 0;

/** The subject by which a message is acknowledged says what it is; newer servers have a domain and an account in it. */
function placeOf(reply: string): Pick<Pulled, "deliveries" | "seq" | "storedAt"> {
  const parts = reply.split(".");
  const [deliveries, seq, , stored] = (parts.length === 9 ? parts.slice(4) : parts.slice(6)).map(Number);
  return { deliveries: deliveries ?? 1, seq: seq ?? 0, storedAt: Math.floor((stored ?? 0) / 1_000_000) };
}

export class Pull {
  readonly #nc: NatsConnection;
  readonly #subject: string;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #listener: PullListener;
  readonly #asked = new Map<string, Asked>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #count = 0;

  constructor(
    { nc, createInbox }: Pick<Opened, "nc" | "createInbox">,
    at: { readonly stream: string; readonly consumer: string },
    listener: PullListener,
  ) {
    this.#nc = nc;
    this.#subject = `$JS.API.CONSUMER.MSG.NEXT.${at.stream}.${at.consumer}`;
    serial += 1;
    this.#inbox = `${createInbox()}.${serial}`;
    this.#listener = listener;
    this.#subscription = nc.subscribe(`${this.#inbox}.*`, {
      callback: (error, { subject, data, headers, reply }) => {
        if (this.#isClosed) return;
        if (error) this.#fail(error);
        else if (subject.startsWith(`${this.#inbox}.`)) this.#status(subject, headers?.code ?? 503);
        else this.#message({ subject, data, headers, reply: reply ?? "", ...placeOf(reply ?? "") });
      },
    });
  }

  /** How many messages a request that waits is still waiting for. */
  get standing(): number {
    let left = 0;
    for (const asked of this.#asked.values()) if (asked.isWaiting) left += asked.left;
    return left;
  }

  get isPolling(): boolean {
    return [...this.#asked.values()].some(({ isWaiting }) => !isWaiting);
  }

  ask(batch: number, isWaiting: boolean): void {
    if (this.#isClosed) return;
    this.#count += 1;
    const reply = `${this.#inbox}.${this.#count}`;
    this.#asked.set(reply, { left: batch, isWaiting });
    const limits = isWaiting ? { expires: nanos(standMs), idle_heartbeat: nanos(beatMs) } : { no_wait: true };
    // A connection that has ended tells its readers itself.
    if (!this.#nc.isClosed())
      this.#nc.publish(this.#subject, JSON.stringify({ batch, ...limits }), { reply });
    this.#listen();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#asked.clear();
    if (!this.#nc.isClosed()) this.#subscription.unsubscribe();
  }

  #message(message: Pulled): void {
    // The server serves requests in the order in which they came.
    for (const [reply, asked] of this.#asked) {
      asked.left -= 1;
      if (asked.left <= 0) this.#asked.delete(reply);
      break;
    }
    this.#listen();
    this.#listener.pulled(message);
  }

  #status(reply: string, code: number): void {
    this.#listen();
    if (code === 100 || !this.#asked.has(reply)) return;
    this.#asked.delete(reply);
    if (ordinary.includes(code)) this.#listener.answered();
    else this.#fail();
  }

  #listen(): void {
    clearTimeout(this.#timer);
    if (this.#asked.size > 0 && !this.#isClosed)
      this.#timer = setTimeout(() => this.#fail(), 2.5 * beatMs).unref();
  }

  #fail(error?: Error): void {
    if (this.#isClosed) return;
    this.#asked.clear();
    clearTimeout(this.#timer);
    this.#listener.failed(error);
  }
}
