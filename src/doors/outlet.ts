/** What a connector sends on a stream besides answers: each message waits for room there, in the order of the calls. */
import { MooringError } from "../errors.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { bytesPerCharacter, maxWithoutRoom, outletEnvelopeBytes } from "../protocol/limits.js";

/** Where messages go; a stream's session implements it. */
export interface MessageSender {
  /** Taken in any case. False: there is no room for more, wait for `writable`. */
  post(message: StreamMessage): boolean;
  /** Reads on where reading has stopped for what the connector had not taken. */
  readOn(): void;
  /** Reads no more for now: the connector has too much to take. */
  holdUp(): void;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export type Body = NonNullable<StreamMessage["message"]>;

/** What cannot be sent on this stream. */
export const streamError = (why: string): MooringError =>
  new MooringError("STREAM_ERROR", `Stream error: ${why}`);

/** Why nothing goes out on a stream that has ended. */
export const streamGone = (): MooringError => streamError("the stream to the gateway is gone");

/** Bytes of texts, at most: they are not encoded for it. */
export const textBytes = (...texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + text.length * bytesPerCharacter, 0);

/** Written out: there may be thousands of frames in a second. */
const messageOf = (body: Body): StreamMessage => ({
  $typeName: "matrix.connectors.v1.StreamMessage",
  message: body,
});

export class Outlet {
  readonly #sender: MessageSender;
  readonly #maxMessageBytes: number;
  /** Oldest first. */
  readonly #waiting = new Map<Body, Waiter>();
  #room: "free" | "full" | "gone" = "free";
  /** Messages that were sent without room since there was some. */
  #withoutRoom = 0;

  constructor(sender: MessageSender, maxMessageBytes: number) {
    this.#sender = sender;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Throws MESSAGE_TOO_LARGE for what a stream does not carry; `bytes`: of its payload and texts. */
  check(what: string, bytes: number): void {
    const most = this.#maxMessageBytes;
    if (bytes + outletEnvelopeBytes <= most) return;
    const words = `${what} of about ${bytes} bytes does not fit into a message of ${most} bytes (maxMessageBytes).`;
    throw new MooringError("MESSAGE_TOO_LARGE", words);
  }

  /** Messages that wait for room. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether so much was said without room that the peer should be heard no further. */
  get overdrawn(): boolean {
    return this.#withoutRoom >= maxWithoutRoom;
  }

  /** Sends it where there is room. Returns false where there is none: {@link send} waits for it. */
  sendAtOnce(body: Body): boolean {
    if (this.#room !== "free") return false;
    this.#post(messageOf(body));
    return true;
  }

  /**
   * Resolves when it is sent; rejects with STREAM_ERROR when it cannot be any more. Whoever calls it keeps the number of
   * those that wait within bounds.
   */
  async send(body: Body): Promise<void> {
    if (this.#room === "gone") throw streamGone();
    if (this.#room === "free") return this.#post(messageOf(body));
    return new Promise((resolve, reject) => void this.#waiting.set(body, { resolve, reject }));
  }

  /** What waits for room does not go out any more: its `send` rejects with `why`. False: it does not wait. */
  withdraw(body: Body, why: unknown): boolean {
    const waiter = this.#waiting.get(body);
    this.#waiting.delete(body);
    waiter?.reject(why);
    return waiter !== undefined;
  }

  /** Sends now, before what waits: an answer that the gateway waits for. Past a bound nothing is read until there is room. */
  sendNow(body: Body): void {
    if (this.#room === "gone") return;
    if (this.#room === "full") this.#withoutRoom += 1;
    this.#post(messageOf(body));
    if (this.overdrawn) this.#sender.holdUp();
  }

  /** There is room in the stream again. Returns false when this has used it up. */
  writable(): boolean {
    if (this.#room === "gone") return false;
    this.#room = "free";
    this.#withoutRoom = 0;
    for (const [body, { resolve }] of this.#waiting) {
      if (this.#room !== "free") break;
      this.#waiting.delete(body);
      this.#post(messageOf(body));
      resolve();
    }
    return this.#room === "free";
  }

  /** The stream is over: nothing goes out any more. */
  end(): void {
    this.#room = "gone";
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(streamGone());
  }

  #post(message: StreamMessage): void {
    if (!this.#sender.post(message)) this.#room = "full";
  }
}
