/**
 * One HTTP/2 stream that we opened (RFC 9113, section 5.1), which the rest of this folder calls a call, because what
 * lies on it is a `TransportStream`. What it carries is its owner's business.
 */
import type { IncomingHttpHeaders } from "node:http2";
import { frameLimits, streamWindow } from "../../protocol/limits.js";
import { announcedBytes, headersOf } from "./answer.js";
import { StreamFault } from "./faults.js";
import { Flag, FrameType, maxPayloadBytes } from "./frame.js";
import type { FrameWriter } from "./frame-writer.js";
import type { HeaderField } from "./hpack/header-field.js";
import { ReceiveWindow, SendWindow } from "./windows.js";

/** How a call ended that did not end in order. */
export type CallLoss =
  /** RST_STREAM from the peer. */
  | { readonly by: "peer"; readonly code: number }
  /** The peer goes away and has not looked at it. */
  | { readonly by: "going-away" }
  /** RST_STREAM from us. */
  | { readonly by: "fault"; readonly fault: StreamFault }
  | { readonly by: "connection" };

/** Whom a call tells. After `peerEnded` or `lost`, only `fill` and `sent` may come. */
export interface CallOwner {
  /** Whether it has more to send than what is queued. */
  readonly hasMore: boolean;
  /** Its turn to send, and nothing is queued: gives some by {@link Call.push}, if it has some. */
  fill(): void;
  /** Some of what was queued has been written. */
  sent(): void;
  /** The answer begins. */
  headers(headers: IncomingHttpHeaders): void;
  /** A part of the answer's content. Whoever has read it says so by {@link Call.read}. */
  data(bytes: Buffer, start: number, end: number): void;
  trailers(trailers: IncomingHttpHeaders): void;
  /** The peer's half has ended in order. */
  peerEnded(): void;
  lost(loss: CallLoss): void;
  /** The peer asks the connection back; the call may go on. */
  peerDraining(): void;
}

/** What a call needs of its connection. */
export interface CallHost {
  /** The call has something to send. */
  due(call: Call): void;
  /** The peer may send so many bytes more on the call. */
  giveBack(call: Call, bytes: number): void;
  /** Sends RST_STREAM. */
  sendReset(call: Call, code: number): void;
  /** The call is closed: in order, by both sides, or not. */
  forget(call: Call, isInOrder: boolean): void;
}

export type CallState =
  /** The peer takes no more streams now: nothing of it was sent. */
  "idle" | "open" | "half-closed (local)" | "half-closed (remote)" | "closed";

/** How far the answer has come. */
type Answer = "awaited" | "begun" | "over";

/** What became of a call's turn to send; `blocked`: the connection's window is used up. */
export type Turn = "done" | "more" | "blocked";

export class Call {
  /** 0 until it is open. */
  id = 0;
  readonly owner: CallOwner;
  /** The request's header fields, as they travel. */
  readonly block: Buffer;
  readonly #host: CallHost;
  #state: CallState = "idle";
  #answer: Answer = "awaited";
  readonly #receiveWindow = new ReceiveWindow(streamWindow);
  #sendWindow: SendWindow | undefined;
  #interimAnswers = 0;
  /** Of what `content-length` announces; undefined: nothing was announced. */
  #contentLeft: number | undefined;
  /** Bytes to send, and how much of the first was sent. */
  readonly #queue: Buffer[] = [];
  #firstAt = 0;
  #queued = 0;
  #isEnding = false;
  /** `due`: in the connection's round; `windowless`: until the peer gives a window. */
  #sending: "idle" | "due" | "windowless" = "idle";

  constructor(host: CallHost, owner: CallOwner, block: Buffer) {
    this.#host = host;
    this.owner = owner;
    this.block = block;
  }

  get state(): CallState {
    return this.#state;
  }

  /** Bytes that were pushed and not written. */
  get queued(): number {
    return this.#queued;
  }

  // ---- Sending

  opened(id: number, window: number): void {
    this.id = id;
    this.#state = "open";
    this.#sendWindow = new SendWindow(window);
    if (this.#sending === "due") this.#host.due(this);
  }

  /** The owner has something to send, or the end. */
  wantsTurn(): void {
    if (this.#sending !== "idle") return;
    this.#sending = "due";
    if (this.#sends) this.#host.due(this);
  }

  /** Queues bytes. They are not copied. */
  push(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#queued += bytes.length;
  }

  /** Ends our half after what is queued, and what the owner has. */
  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.wantsTurn();
  }

  /** Ends our half now: the peer is done, and what is queued is not heard. */
  finish(): void {
    this.#dropQueue();
    this.#isEnding = true;
    // The end needs no window.
    if (this.#sending === "windowless") this.#sending = "idle";
    this.wantsTurn();
  }

  /** Ends both halves with RST_STREAM. */
  reset(code: number): void {
    if (this.#state === "closed") return;
    const wasOpen = this.#state !== "idle";
    this.#close();
    if (wasOpen) this.#host.sendReset(this, code);
    this.#host.forget(this, false);
  }

  /** Its turn: writes one frame at most, as far as its window and the connection's go. */
  writeFrame(writer: FrameWriter, connectionWindow: SendWindow): Turn {
    if (this.#queued === 0 && this.#sends) this.owner.fill();
    const window = this.#sendWindow;
    if (!this.#sends || !window) return this.#rest();
    // A window may be below zero, which does not hold up the end.
    const bytes =
      this.#queued === 0 ? 0 : Math.min(this.#queued, maxPayloadBytes, window.bytes, connectionWindow.bytes);
    if (this.#queued > 0 && bytes <= 0) {
      if (window.bytes > 0) return "blocked";
      this.#sending = "windowless";
      return "done";
    }
    const isLast = this.#isEnding && !this.owner.hasMore && bytes === this.#queued;
    if (bytes === 0 && !isLast) return this.#rest();
    writer.head(bytes, FrameType.DATA, isLast ? Flag.END_STREAM : 0, this.id);
    this.#write(writer, bytes);
    window.spend(bytes);
    connectionWindow.spend(bytes);
    const turn = this.#queued > 0 || this.owner.hasMore ? "more" : this.#rest();
    if (isLast) this.#ourHalfEnds();
    this.owner.sent();
    return turn;
  }

  /** By a WINDOW_UPDATE or a change of the peer's settings. Throws {@link StreamFault}. */
  growWindow(bytes: number): void {
    const window = this.#sendWindow;
    if (!window) return;
    if (!window.grow(bytes))
      throw new StreamFault("FLOW_CONTROL_ERROR", "a window of more than 2^31 - 1 bytes");
    if (this.#sending !== "windowless" || window.bytes <= 0) return;
    this.#sending = "idle";
    this.wantsTurn();
  }

  #rest(): Turn {
    this.#sending = "idle";
    return "done";
  }

  get #sends(): boolean {
    return this.#state === "open" || this.#state === "half-closed (remote)";
  }

  #write(writer: FrameWriter, bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const first = this.#queue[0] as Buffer;
      const to = Math.min(first.length, this.#firstAt + left);
      writer.bytes(first, this.#firstAt, to);
      left -= to - this.#firstAt;
      this.#firstAt = to;
      if (to < first.length) break;
      this.#queue.shift();
      this.#firstAt = 0;
    }
    this.#queued -= bytes;
    // An empty list keeps the room of the longest it has been, also while the stream is idle.
    if (this.#queued === 0) this.#queue.length = 0;
  }

  #dropQueue(): void {
    this.#queue.length = 0;
    this.#firstAt = 0;
    this.#queued = 0;
  }

  // ---- Receiving

  /** Bytes of the answer were read: the peer may send as many again. */
  read(bytes: number): void {
    const back = this.#receiveWindow.read(bytes);
    if (back > 0 && this.#answer !== "over" && this.#state !== "closed") this.#host.giveBack(this, back);
  }

  /** A header list. Throws {@link StreamFault}. */
  receiveHeaders(fields: readonly HeaderField[], isLast: boolean): void {
    this.#mustNotBeOver("HEADERS");
    if (this.#answer === "begun") {
      if (!isLast) throw new StreamFault("PROTOCOL_ERROR", "HEADERS within an answer, and not at its end");
      const trailers = headersOf(fields, "trailer");
      this.#checkContent();
      this.owner.trailers(trailers);
    } else {
      const headers = headersOf(fields, "header");
      if ((headers[":status"] ?? 0) < 200) return this.#interim(isLast);
      this.#contentLeft = announcedBytes(headers);
      if (isLast) this.#checkContent();
      this.#answer = "begun";
      this.owner.headers(headers);
    }
    if (isLast) this.#peersHalfEnds();
  }

  /** A DATA frame of `bytes` bytes begins. Throws {@link StreamFault}. */
  beginData(bytes: number): void {
    this.#mustNotBeOver("DATA");
    if (this.#answer === "awaited") throw new StreamFault("PROTOCOL_ERROR", "DATA before the header fields");
    if (!this.#receiveWindow.take(bytes))
      throw new StreamFault("FLOW_CONTROL_ERROR", "DATA beyond the stream's window");
  }

  /**
   * Of its DATA frame, so many bytes are content; asked before any of it comes, so that it is the same however the
   * frame is cut. Throws {@link StreamFault}.
   */
  expectContent(bytes: number): void {
    if (this.#contentLeft === undefined) return;
    this.#contentLeft -= bytes;
    if (this.#contentLeft < 0)
      throw new StreamFault("PROTOCOL_ERROR", "more content than content-length announces");
  }

  /** Content of a DATA frame; of one with padding, without that. */
  receiveData(bytes: Buffer, start: number, end: number): void {
    this.owner.data(bytes, start, end);
  }

  /** The peer's last DATA frame is over. Throws {@link StreamFault}. */
  receiveEnd(): void {
    this.#checkContent();
    this.#peersHalfEnds();
  }

  /** It is over, and not in order. */
  lose(loss: CallLoss): void {
    if (this.#state === "closed") return;
    const isHeard = this.#answer !== "over";
    this.#close();
    this.#host.forget(this, false);
    if (isHeard) this.owner.lost(loss);
  }

  /** The peer asks the connection back. */
  askBack(): void {
    if (this.#state !== "closed" && this.#answer !== "over") this.owner.peerDraining();
  }

  #mustNotBeOver(what: string): void {
    if (this.#answer === "over")
      throw new StreamFault("STREAM_CLOSED", `${what} after the end of the answer`);
  }

  #interim(isLast: boolean): void {
    this.#interimAnswers += 1;
    if (isLast) throw new StreamFault("PROTOCOL_ERROR", "an interim answer that ends the stream");
    if (this.#interimAnswers > frameLimits.interimAnswers)
      throw new StreamFault("ENHANCE_YOUR_CALM", "more interim answers than anybody needs");
  }

  #checkContent(): void {
    if ((this.#contentLeft ?? 0) > 0)
      throw new StreamFault("PROTOCOL_ERROR", "less content than content-length announces");
  }

  #ourHalfEnds(): void {
    if (this.#state === "open") this.#state = "half-closed (local)";
    else this.#bothHalvesEnded();
  }

  #peersHalfEnds(): void {
    // Whoever was told of the header fields may have closed it.
    if (this.#state === "closed") return;
    this.#answer = "over";
    if (this.#state === "open") this.#state = "half-closed (remote)";
    else this.#bothHalvesEnded();
    this.owner.peerEnded();
  }

  #bothHalvesEnded(): void {
    this.#close();
    this.#host.forget(this, true);
  }

  #close(): void {
    this.#state = "closed";
    this.#dropQueue();
  }
}
