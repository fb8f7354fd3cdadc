/** One registration's stream on a shared socket. */
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { highWaterBytes, keptFieldBytes, lowWaterBytes } from "../../protocol/limits.js";
import { abortedByUs } from "../failure-table.js";
import type { Place } from "../pool/place.js";
import type { StreamEnding, StreamSink, TransportStream } from "../transport.js";
import type { SocketChannel, SocketGuest } from "./channel.js";

const tooLargeToSend: StreamEnding = {
  by: "local",
  failure: { cause: "message-too-large", detail: "A message of ours is above maxMessageBytes." },
};

/** A message, or what is left of one beyond the limit, that waits while the stream has paused. */
type Held = { readonly message: StreamMessage; readonly weight: number; readonly oversized: number | null };

export class SocketStream implements TransportStream, SocketGuest {
  readonly key: string;
  readonly instanceId: string;
  readonly #place: Place<SocketChannel>;
  readonly #sink: StreamSink;
  #state: "open" | "finishing" | "over" = "open";
  #reading: "flowing" | "paused" = "flowing";
  #held: Held[] = [];
  #bufferedBytes = 0;
  /** Over the high-water mark; `writable` is owed. */
  #room: "free" | "full" = "free";

  constructor(name: { key: string; instanceId: string }, place: Place<SocketChannel>, sink: StreamSink) {
    this.key = name.key;
    this.instanceId = name.instanceId;
    this.#place = place;
    this.#sink = sink;
    place.channel.admit(this);
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** Writes the first message; `written` is called when the connection has taken it, or the stream is over. */
  begin(first: StreamMessage, written: () => void): void {
    if (!this.#post(first, written)) written();
  }

  send(message: StreamMessage): boolean {
    if (this.#state !== "open") return false;
    this.#post(message);
    if (this.#bufferedBytes > highWaterBytes || this.#place.channel.isFull(this)) this.#room = "full";
    return this.#room === "free" && this.#state === "open";
  }

  pause(): void {
    if (this.#state === "open") this.#reading = "paused";
  }

  resume(): void {
    if (this.#reading === "flowing") return;
    this.#reading = "flowing";
    while (this.#flows && this.#held.length > 0) {
      const held = this.#held.shift();
      if (held) this.#give(held);
    }
  }

  /** There is no half to close: it is over once the connection has what was sent. */
  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#place.channel.flush();
    this.#finish();
  }

  abort(): void {
    if (this.#state === "over") return;
    this.#place.channel.flush();
    this.#end(abortedByUs);
  }

  /** Ends it without a word to the sink: the opening was given up. */
  drop(): void {
    this.#letGo();
  }

  doubt(): void {
    this.#place.doubted();
  }

  deliver(message: StreamMessage, weight: number): void {
    if (this.#state === "over") return;
    this.#place.answered();
    if (this.#flows && this.#held.length === 0) return this.#sink.message(message);
    this.#hold({ message, weight, oversized: null });
  }

  oversized(message: StreamMessage, bytes: number): void {
    if (this.#state === "over") return;
    this.#place.answered();
    const held: Held = { message, weight: keptFieldBytes, oversized: bytes };
    if (this.#flows && this.#held.length === 0) return this.#tell(held);
    this.#hold(held);
  }

  writable(): void {
    this.#makeRoom();
  }

  over(ending: StreamEnding): void {
    if (this.#state === "over") return;
    // What came before the end is not lost.
    this.resume();
    this.#place.ended(ending);
    this.#end(ending);
  }

  get #flows(): boolean {
    return this.#reading === "flowing" && this.#state !== "over";
  }

  #hold(held: Held): void {
    this.#held.push(held);
    this.#place.channel.held(held.weight);
  }

  #give(held: Held): void {
    this.#tell(held);
    // Last: the socket may read on from within, and bring more.
    this.#place.channel.held(-held.weight);
  }

  #tell({ message, oversized }: Held): void {
    if (oversized === null) this.#sink.message(message);
    else if (this.#sink.oversized) this.#sink.oversized(message, oversized);
    else this.#end({ by: "local", failure: { cause: "message-too-large" } });
  }

  /** False when the message cannot travel: the stream is over then. */
  #post(message: StreamMessage, written?: () => void): boolean {
    let waiting = 0;
    const bytes = this.#place.channel.send(this, message, () => {
      this.#bufferedBytes -= waiting;
      written?.();
      this.#makeRoom();
      this.#finish();
    });
    if (bytes === undefined) {
      this.#end(tooLargeToSend);
      return false;
    }
    waiting = bytes;
    this.#bufferedBytes += bytes;
    return true;
  }

  #makeRoom(): void {
    if (this.#room === "free" || this.#state !== "open" || this.#bufferedBytes >= lowWaterBytes) return;
    if (this.#place.channel.isFull(this)) return;
    this.#room = "free";
    this.#sink.writable();
  }

  #finish(): void {
    if (this.#state === "finishing" && this.#bufferedBytes === 0) this.#end({ ...abortedByUs });
  }

  #end(ending: StreamEnding): void {
    if (this.#state === "over") return;
    this.#letGo();
    this.#sink.ended(ending);
  }

  #letGo(): void {
    this.#state = "over";
    this.#reading = "flowing";
    const left = this.#held.reduce((sum, { weight }) => sum + weight, 0);
    this.#held = [];
    if (left > 0) this.#place.channel.held(-left);
    this.#place.channel.evict(this);
    this.#place.release();
  }
}
