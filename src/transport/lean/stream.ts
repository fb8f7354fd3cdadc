/**
 * One gRPC stream on an HTTP/2 stream, without layers between: a chunk is decoded whole, a turn's messages go
 * out as one write, and no message costs a promise.
 */
import type { ClientHttp2Stream, Http2Session, IncomingHttpHeaders } from "node:http2";
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { resetStream } from "../../http2/ending.js";
import { highWaterBytes, lingerMs, lowWaterBytes } from "../../protocol/limits.js";
import { decodeStreamMessage } from "../../protocol/message-decoder.js";
import { MessageWriter } from "../../protocol/message-writer.js";
import type { OversizedMessage } from "../../protocol/oversized-message.js";
import { abortedByUs } from "../failure-table.js";
import {
  brokenFrame,
  foreignAnswer,
  lostEnding,
  tooLargeToSend,
  trailersEnding,
} from "../http2/call-ending.js";
import type { Channel } from "../http2/channel.js";
import { FrameReader, type MessageTaker, type OversizedTaker } from "../http2/frame-reader.js";
import { atEndOfTurn } from "../http2/turn.js";
import { closedWithoutReason } from "../loss.js";
import { weightOf } from "../outbound-weight.js";
import type { Place } from "../pool/place.js";
import type { ChannelWatcher } from "../pool/pool.js";
import type { LinkFailure, StreamEnding, StreamSink, TransportStream } from "../transport.js";

/** All streams encode one after the other, so they share the memory they encode into. */
const writer = new MessageWriter();

export class LeanStream implements TransportStream, ChannelWatcher, MessageTaker, OversizedTaker {
  readonly #place: Place<Channel>;
  readonly #sink: StreamSink;
  readonly #http2: ClientHttp2Stream;
  /** The stream forgets its own when it closes. */
  readonly #session: Http2Session | undefined;
  readonly #reader: FrameReader;
  readonly #maxMessageBytes: number;
  /** Messages for the next write. */
  #outbound: StreamMessage[] = [];
  #outboundBytes = 0;
  /** `idle`: nothing to write; `due`: at the end of this turn; `blocked`: until the connection has room. */
  #writing: "idle" | "due" | "blocked" = "idle";
  /** Over the high-water mark; `writable` is owed. */
  #full = false;
  #reading: "flowing" | "paused" = "flowing";
  /** `open` → `finishing` (half-closed by us) or `left` (aborted by us) → `ended`. */
  #state: "open" | "finishing" | "left" | "ended" = "open";
  /** It is over, but what was read before is held back by a pause. */
  #overdue = false;
  #trailers: IncomingHttpHeaders | undefined;
  #error: Error | undefined;
  #linger: NodeJS.Timeout | undefined;
  /** Waits for the opening; forgotten then, because what it holds is large. */
  #began: (() => void) | undefined;

  constructor(place: Place<Channel>, http2: ClientHttp2Stream, sink: StreamSink, maxMessageBytes: number) {
    this.#place = place;
    this.#http2 = http2;
    this.#session = http2.session;
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
    // Whoever cannot be told of a message that was read past must not lose it in silence.
    this.#reader = new FrameReader(maxMessageBytes, sink.oversized && this);
    place.channel.watch(this);
    http2.on("response", (headers) => this.#responded(headers));
    http2.on("trailers", (headers) => this.#peerIsDone(headers));
    http2.on("data", (chunk: Buffer) => this.#received(chunk));
    http2.on("drain", () => this.#unblocked());
    http2.on("end", () => this.#over());
    http2.on("error", (error) => {
      this.#error = error;
    });
    http2.on("close", () => this.#over());
  }

  get bufferedBytes(): number {
    return this.#outboundBytes + this.#http2.writableLength;
  }

  get ended(): boolean {
    return this.#state === "ended";
  }

  /** Writes the first message at once; `written` is called when the connection has taken it, or the stream is over. */
  begin(message: StreamMessage, written: () => void): void {
    this.#began = written;
    if (!this.#encode(message)) return;
    for (const chunk of writer.take()) this.#http2.write(chunk, () => this.#opened());
  }

  send(message: StreamMessage): boolean {
    if (this.#state !== "open") return false;
    this.#outbound.push(message);
    this.#outboundBytes += weightOf(message);
    this.#schedule();
    if (this.#outboundBytes > highWaterBytes) this.#full = true;
    return !this.#full;
  }

  pause(): void {
    if (this.#reading === "paused" || this.#trailers || this.#place.channel.state === "closed") return;
    this.#reading = "paused";
    this.#http2.pause();
  }

  resume(): void {
    if (this.#reading === "flowing") return;
    this.#reading = "flowing";
    this.#deliver(undefined);
    if (!this.#flows) return;
    if (this.#overdue) this.#over();
    else this.#http2.resume();
  }

  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#schedule();
  }

  /** Half-closes and lets go at once; a peer that does not close in time gets a reset, which servers ration. */
  abort(): void {
    if (this.#state === "ended" || this.#state === "left") return;
    this.#state = "left";
    // At once, not at the end of the turn: the peer must see this end before the beginning of a successor.
    if (this.#writing !== "blocked") {
      this.#writing = "due";
      this.flush();
    }
    this.#letGo();
    // What still comes is read, so that the peer can close, and dropped.
    this.#http2.resume();
    this.#linger = setTimeout(() => resetStream(this.#http2), lingerMs);
    this.#linger.unref();
    this.#sink.ended(abortedByUs);
  }

  /** Ends without half-close; for an opening that was given up. */
  drop(): void {
    this.#state = "left";
    resetStream(this.#http2);
    this.#letGo();
  }

  doubt(): void {
    this.#place.doubted();
  }

  peerDraining(): void {
    if (this.#state === "open") this.#sink.peerDraining();
  }

  /** The connection is over. What was read before is delivered, so that answers which came are not lost. */
  closed(): void {
    this.resume();
  }

  /** One write for everything since the last; called at the end of a turn. */
  flush(): void {
    if (this.#writing !== "due") return;
    this.#writing = "idle";
    const messages = this.#outbound;
    this.#outbound = [];
    this.#outboundBytes = 0;
    for (const message of messages) if (!this.#encode(message)) break;
    let roomy = true;
    for (const chunk of writer.take()) if (!this.#http2.destroyed) roomy = this.#http2.write(chunk);
    if (!roomy) this.#writing = "blocked";
    if (this.#state === "finishing" || this.#state === "left") this.#http2.end();
    else this.#makeRoom();
  }

  #opened(): void {
    this.#began?.();
    this.#began = undefined;
  }

  get #flows(): boolean {
    return this.#reading === "flowing";
  }

  #schedule(): void {
    if (this.#writing !== "idle") return;
    this.#writing = "due";
    atEndOfTurn(this);
  }

  #unblocked(): void {
    if (this.#writing !== "blocked") return;
    this.#writing = "idle";
    if (this.#outbound.length > 0 || this.#state !== "open") this.#schedule();
    this.#makeRoom();
  }

  #makeRoom(): void {
    if (!this.#full || this.#state !== "open" || this.bufferedBytes >= lowWaterBytes) return;
    this.#full = false;
    this.#sink.writable();
  }

  /** False when the message cannot travel: the stream is broken then. */
  #encode(message: StreamMessage): boolean {
    if (writer.append(message) <= this.#maxMessageBytes) return true;
    writer.take();
    this.#fail(tooLargeToSend);
    return false;
  }

  #responded(headers: IncomingHttpHeaders): void {
    if (headers["grpc-status"] !== undefined) this.#peerIsDone(headers);
    else {
      const foreign = foreignAnswer(headers);
      if (foreign) this.#fail(foreign);
    }
  }

  /** What comes before its last word is little, and whoever paused would wait in vain. */
  #peerIsDone(trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
    this.resume();
  }

  #received(chunk: Buffer): void {
    if (this.#state === "open" || this.#state === "finishing") this.#deliver(chunk);
  }

  /** A chunk, or what an earlier one left when reading was paused. */
  #deliver(chunk: Buffer | undefined): void {
    const fault = chunk ? this.#reader.push(chunk, this) : this.#reader.next(this);
    if (fault) this.#fail(brokenFrame(fault));
  }

  /** Part of the reader's face. */
  take(bytes: Buffer, start: number, end: number): boolean {
    let message: StreamMessage;
    try {
      message = decodeStreamMessage(bytes, start, end);
    } catch {
      this.#fail(brokenFrame("undecodable"));
      return false;
    }
    this.#place.answered();
    this.#sink.message(message);
    return this.#flows && (this.#state === "open" || this.#state === "finishing");
  }

  /** Part of the reader's face. */
  takeOversized(message: OversizedMessage): boolean {
    this.#place.answered();
    this.#sink.oversized?.(message.remainder(), message.bytes);
    return this.#flows && (this.#state === "open" || this.#state === "finishing");
  }

  /** Ends it from our side, because the peer did what a gRPC peer must not. */
  #fail(ending: StreamEnding): void {
    if (this.#state === "ended" || this.#state === "left") return;
    this.#end(ending);
    resetStream(this.#http2);
  }

  /** The peer's half has ended, or the whole stream: trailers are known by now if there are any. */
  #over(): void {
    clearTimeout(this.#linger);
    if (this.#state === "ended" || this.#state === "left") return this.#finishHttp2();
    this.#overdue = !this.#flows && this.#reader.partial;
    if (this.#overdue) return;
    this.#end(this.#ending(this.#place.channel.failure));
    this.#finishHttp2();
  }

  #ending(channelFailure: LinkFailure | undefined): StreamEnding {
    const carried = this.#trailers && trailersEnding(this.#trailers, this.#state === "finishing");
    if (carried?.failure.cause === "server-closed" && this.#reader.partial) return brokenFrame("truncated");
    if (carried) return carried;
    if (channelFailure?.cause === "outbound-closed") return abortedByUs;
    // A stream that ends with its session is closed before anybody knows why, as if it had been reset with CANCEL.
    const withSession = !this.#error && this.#session?.destroyed ? closedWithoutReason : undefined;
    return lostEnding(this.#error, this.#http2.rstCode ?? 0, channelFailure ?? withSession);
  }

  /** The peer is done, so nothing that we could still say is heard. */
  #finishHttp2(): void {
    if (!this.#http2.destroyed && !this.#http2.writableEnded) this.#http2.end();
  }

  #end(ending: StreamEnding): void {
    this.#state = "ended";
    this.#outbound = [];
    this.#outboundBytes = 0;
    this.#place.ended(ending);
    this.#letGo();
    this.#sink.ended(ending);
    this.#opened();
  }

  #letGo(): void {
    this.#place.channel.unwatch(this);
    this.#place.release();
  }
}
