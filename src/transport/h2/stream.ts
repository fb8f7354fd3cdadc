/** One gRPC stream on a call: what the peer sends becomes messages, what is sent becomes the call's bytes. */
import type { IncomingHttpHeaders } from "node:http2";
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { highWaterBytes, lingerMs, lowWaterBytes, slabBytes } from "../../protocol/limits.js";
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
import { http2Code } from "../http2/codes.js";
import { FrameReader, type MessageTaker, type OversizedTaker } from "../http2/frame-reader.js";
import { weightOf } from "../outbound-weight.js";
import type { Place } from "../pool/place.js";
import type { StreamEnding, StreamSink, TransportStream } from "../transport.js";
import type { Call, CallLoss, CallOwner } from "./call.js";
import type { Channel } from "./channel.js";
import { streamEnding } from "./faults.js";
import { HeldBytes } from "./held-bytes.js";

/** All streams encode one after the other, so they share the memory they encode into. */
const writer = new MessageWriter();

const refused = http2Code("REFUSED_STREAM");
const cancelled = http2Code("CANCEL");

export class H2Stream implements TransportStream, CallOwner, MessageTaker, OversizedTaker {
  readonly #place: Place<Channel>;
  readonly #sink: StreamSink;
  readonly #reader: FrameReader;
  readonly #maxMessageBytes: number;
  readonly #call: Call;
  /** Messages that are not encoded yet, and what they weigh. */
  #outbound: StreamMessage[] = [];
  #outboundBytes = 0;
  /** Over the high-water mark; `writable` is owed. */
  #full = false;
  /** `last`: the peer is done, and what came before is little: nobody pauses any more. */
  #reading: "flowing" | "paused" | "last" = "flowing";
  /** What came during a pause. */
  #held: HeldBytes | undefined;
  /** `open` → `finishing` (half-closed by us) or `left` (aborted by us) → `ended`. */
  #state: "open" | "finishing" | "left" | "ended" = "open";
  #trailers: IncomingHttpHeaders | undefined;
  #linger: NodeJS.Timeout | undefined;
  /** Waits for the opening. */
  #began: (() => void) | undefined;

  /**
   * Opens it with a request's header block and its first message. `written` is called when the system has that, or
   * when the stream is over.
   */
  constructor(
    place: Place<Channel>,
    block: Buffer,
    first: StreamMessage,
    sink: StreamSink,
    maxMessageBytes: number,
    written: () => void,
  ) {
    this.#place = place;
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
    this.#began = written;
    // Whoever cannot be told of a message that was read past must not lose it in silence.
    this.#reader = new FrameReader(maxMessageBytes, sink.oversized && this);
    this.#call = place.channel.start(block, this);
    this.send(first);
  }

  get bufferedBytes(): number {
    return this.#outboundBytes + this.#call.queued;
  }

  // ---- What its user does

  send(message: StreamMessage): boolean {
    if (this.#state !== "open") return false;
    this.#outbound.push(message);
    this.#outboundBytes += weightOf(message);
    this.#call.wantsTurn();
    if (this.#outboundBytes > highWaterBytes) this.#full = true;
    return !this.#full;
  }

  pause(): void {
    if (this.#reading === "flowing") this.#reading = "paused";
  }

  resume(): void {
    if (this.#reading !== "paused") return;
    this.#reading = "flowing";
    this.#catchUp();
  }

  halfClose(): void {
    if (this.#state !== "open") return;
    this.#state = "finishing";
    this.#call.end();
  }

  /** Half-closes and lets go at once; a peer that does not close in time gets a reset, which servers ration. */
  abort(): void {
    if (this.#state === "ended" || this.#state === "left") return;
    this.#state = "left";
    // Of what the peer has no room for, it need not hear at all.
    if (this.#call.state === "idle") this.#call.reset(cancelled);
    this.#call.end();
    // At once, not at the end of the turn: the peer must see this end before the beginning of a successor.
    this.#place.channel.flush();
    this.#dropHeld();
    this.#place.release();
    this.#linger = setTimeout(() => this.#call.reset(cancelled), lingerMs);
    this.#linger.unref();
    this.#sink.ended(abortedByUs);
  }

  /** Ends without half-close; for an opening that was given up. */
  drop(): void {
    this.#state = "left";
    this.#call.reset(cancelled);
    this.#place.release();
  }

  doubt(): void {
    this.#place.doubted();
  }

  // ---- What its call asks and tells

  get hasMore(): boolean {
    return this.#outbound.length > 0;
  }

  fill(): void {
    const messages = this.#outbound;
    if (this.#outboundBytes <= slabBytes) {
      this.#outbound = [];
      this.#outboundBytes = 0;
      return this.#encode(messages);
    }
    let count = 0;
    for (let bytes = 0; bytes < slabBytes && count < messages.length; count += 1) {
      const weight = weightOf(messages[count] as StreamMessage);
      bytes += weight;
      this.#outboundBytes -= weight;
    }
    this.#encode(messages.splice(0, count));
  }

  sent(): void {
    if (this.#began && this.bufferedBytes === 0) {
      const began = this.#began;
      this.#began = undefined;
      this.#place.channel.whenTaken(began);
    }
    if (!this.#full || this.#state !== "open" || this.bufferedBytes >= lowWaterBytes) return;
    this.#full = false;
    this.#sink.writable();
  }

  headers(headers: IncomingHttpHeaders): void {
    if (headers["grpc-status"] !== undefined) this.trailers(headers);
    else {
      const foreign = foreignAnswer(headers);
      if (foreign) this.#fail(foreign);
    }
  }

  data(bytes: Buffer, start: number, end: number): void {
    if (this.#reading === "paused" && this.#receives) {
      this.#held ??= new HeldBytes();
      this.#held.add(bytes, start, end);
      return;
    }
    if (this.#receives) this.#deliver(bytes, start, end);
    // After that: of a stream that ended for what came, nothing is given back.
    this.#call.read(end - start);
  }

  trailers(trailers: IncomingHttpHeaders): void {
    this.#trailers = trailers;
  }

  peerEnded(): void {
    this.#over(() => this.#ending());
    // Nothing that we could still say is heard.
    this.#outbound = [];
    this.#outboundBytes = 0;
    this.#call.finish();
  }

  lost(loss: CallLoss): void {
    this.#over(() => this.#lossEnding(loss));
  }

  peerDraining(): void {
    if (this.#state === "open") this.#sink.peerDraining();
  }

  // ---- Inside

  get #receives(): boolean {
    return this.#state === "open" || this.#state === "finishing";
  }

  #encode(messages: readonly StreamMessage[]): void {
    for (const message of messages) {
      if (writer.append(message) <= this.#maxMessageBytes) continue;
      writer.take();
      return this.#fail(tooLargeToSend);
    }
    for (const chunk of writer.take()) this.#call.push(chunk);
  }

  /** Delivers what is left of a pause, as far as nobody pauses again. */
  #catchUp(): void {
    const fault = this.#reader.next(this);
    if (fault) return this.#fail(brokenFrame(fault));
    while (this.#reading !== "paused" && this.#receives) {
      const piece = this.#held?.take();
      if (!piece) return;
      this.#deliver(piece, 0, piece.length);
      this.#call.read(piece.length);
    }
  }

  #deliver(bytes: Buffer, start: number, end: number): void {
    const fault = this.#reader.push(bytes, this, start, end);
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
    return this.#reading !== "paused" && this.#receives;
  }

  /** Part of the reader's face. */
  takeOversized(message: OversizedMessage): boolean {
    this.#place.answered();
    this.#sink.oversized?.(message.remainder(), message.bytes);
    return this.#reading !== "paused" && this.#receives;
  }

  /** Ends it from our side, because the peer did what a gRPC peer must not. */
  #fail(ending: StreamEnding): void {
    if (!this.#receives) return;
    this.#call.reset(cancelled);
    this.#end(ending);
  }

  /** Nothing more comes. What came before is delivered, so that answers which came are not lost. */
  #over(ending: () => StreamEnding): void {
    clearTimeout(this.#linger);
    if (!this.#receives) return;
    this.#reading = "last";
    this.#catchUp();
    if (this.#receives) this.#end(ending());
  }

  #ending(): StreamEnding {
    const carried = this.#trailers && trailersEnding(this.#trailers, this.#state === "finishing");
    if (carried?.failure.cause === "server-closed" && this.#reader.partial) return brokenFrame("truncated");
    return carried ?? lostEnding(undefined, 0, undefined);
  }

  #lossEnding(loss: CallLoss): StreamEnding {
    const { failure } = this.#place.channel;
    switch (loss.by) {
      case "fault":
        return streamEnding(loss.fault);
      case "peer":
        return lostEnding(undefined, loss.code, failure);
      case "going-away":
        return lostEnding(undefined, refused, failure);
      case "connection":
        return failure?.cause === "outbound-closed" ? abortedByUs : lostEnding(undefined, 0, failure);
    }
  }

  #end(ending: StreamEnding): void {
    this.#state = "ended";
    this.#outbound = [];
    this.#outboundBytes = 0;
    this.#dropHeld();
    this.#place.ended(ending);
    this.#place.release();
    this.#sink.ended(ending);
    this.#began?.();
    this.#began = undefined;
  }

  /** What nobody reads any more counts as read, so that the peer can close. */
  #dropHeld(): void {
    const bytes = this.#held?.bytes ?? 0;
    this.#held = undefined;
    if (bytes > 0) this.#call.read(bytes);
  }
}
