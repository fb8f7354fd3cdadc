/** What the frames of a peer mean (RFC 9113, section 6), and which may come when. */
import { connectionWindow, frameLimits } from "../../protocol/limits.js";
import type { Call } from "./call.js";
import type { CallTable } from "./call-table.js";
import { ConnectionFault, StreamFault } from "./faults.js";
import { Flag, type FrameHead, FrameType, max31, maxPayloadBytes } from "./frame.js";
import type { FrameTaker } from "./frame-cutter.js";
import { type HeaderBlock, HeaderBlocks } from "./header-blocks.js";
import { HpackError } from "./hpack/error.js";
import { HeaderDecoder } from "./hpack/header-decoder.js";
import { IdleFrames } from "./idle-frames.js";
import { withoutPadding } from "./padding.js";
import { checkLength, checkStream } from "./payload-checks.js";
import { ReceiveWindow } from "./windows.js";

/** What frames do to their connection. All may throw {@link ConnectionFault}. */
export interface IncomingHost {
  readonly isOver: boolean;
  readonly calls: CallTable;
  /** Ends one call for a fault of the peer's. */
  failCall(call: Call, fault: StreamFault): void;
  /** The peer may send so many bytes more on the connection. */
  giveBackToAll(bytes: number): void;
  /** We may send so many bytes more on the connection. */
  growWindow(bytes: number): void;
  settings(bytes: Buffer, start: number, end: number): void;
  answerPing(bytes: Buffer, start: number, end: number): void;
  /** Returns whether it answers a PING of ours. */
  pingAnswered(bytes: Buffer, start: number): boolean;
  goingAway(lastId: number, code: number, debug: Buffer): void;
}

/** SETTINGS are answered, and may change every window. */
const settingsWeight = 10;

export class Incoming implements FrameTaker {
  readonly #host: IncomingHost;
  readonly #blocks = new HeaderBlocks();
  readonly #decoder = new HeaderDecoder({ tableBytes: 0, maxListBytes: frameLimits.headerListBytes });
  readonly #window = new ReceiveWindow(connectionWindow);
  readonly #idleFrames: IdleFrames;
  /** `greeting`: no SETTINGS have begun to come, so it may be anything that speaks. */
  #state: "greeting" | "greeted" = "greeting";
  /** The frame being read, and the call it is for. */
  #head: FrameHead = { length: 0, type: 0, flags: 0, stream: 0 };
  #call: Call | undefined;

  /** `now` is monotonic, in ms. */
  constructor(host: IncomingHost, now: () => number) {
    this.#host = host;
    this.#idleFrames = new IdleFrames(now);
  }

  get isOver(): boolean {
    return this.#host.isOver;
  }

  /** Whether the peer has begun as HTTP/2 begins. */
  get speaksHttp2(): boolean {
    return this.#state === "greeted";
  }

  /** The call is closed: what still comes for it is not for it. */
  forget(call: Call): void {
    if (this.#call === call) this.#call = undefined;
  }

  begin(head: FrameHead): void {
    this.#head = head;
    if (this.#state === "greeting") this.#greet(head);
    if (head.length > maxPayloadBytes)
      throw new ConnectionFault(
        "FRAME_SIZE_ERROR",
        `a frame of ${head.length} bytes, above ${maxPayloadBytes}`,
      );
    this.#blocks.checkTurn(head.type === FrameType.CONTINUATION, head.stream);
    if (head.type === FrameType.DATA) this.#beginData(head);
  }

  data(bytes: Buffer, start: number, end: number): void {
    this.#call?.receiveData(bytes, start, end);
  }

  endOfData(): void {
    this.#endOfContent(this.#head.length);
  }

  #endOfContent(bytes: number): void {
    if (this.#head.flags & Flag.END_STREAM) this.#onCall((call) => call.receiveEnd());
    else if (bytes === 0) this.#idleFrames.count("DATA without bytes");
  }

  payload(bytes: Buffer, start: number, end: number): void {
    const head = this.#head;
    switch (head.type) {
      case FrameType.DATA:
        return this.#paddedData(head, bytes, start, end);
      case FrameType.HEADERS:
        this.#checkOpened(head.stream, "HEADERS");
        return this.#headers(this.#blocks.begin(head, bytes, start, end));
      case FrameType.CONTINUATION:
        return this.#headers(this.#blocks.continue(head, bytes, start, end));
      case FrameType.PRIORITY:
        return this.#priority(head);
      case FrameType.RST_STREAM:
        return this.#reset(head, bytes, start);
      case FrameType.SETTINGS:
        return this.#settings(head, bytes, start, end);
      case FrameType.PUSH_PROMISE:
        throw new ConnectionFault("PROTOCOL_ERROR", "PUSH_PROMISE, which was switched off");
      case FrameType.PING:
        return this.#ping(head, bytes, start, end);
      case FrameType.GOAWAY:
        return this.#goingAway(head, bytes, start, end);
      case FrameType.WINDOW_UPDATE:
        return this.#windowUpdate(head, bytes, start);
      default:
        this.#idleFrames.count("one of a type that is not known");
    }
  }

  #greet({ type, flags, stream }: FrameHead): void {
    if (type !== FrameType.SETTINGS || (flags & Flag.ACK) !== 0 || stream !== 0)
      throw new ConnectionFault("PROTOCOL_ERROR", "its first frame is not SETTINGS");
    this.#state = "greeted";
  }

  // ---- Of streams

  #beginData({ stream, length, flags }: FrameHead): void {
    this.#checkOpened(stream, "DATA");
    if (!this.#window.take(length))
      throw new ConnectionFault("FLOW_CONTROL_ERROR", "DATA beyond the connection's window");
    // Whoever reads it, and when, is between stream and peer: the connection's window is for all.
    const back = this.#window.read(length);
    if (back > 0) this.#host.giveBackToAll(back);
    if (this.#call?.id !== stream) this.#call = this.#host.calls.get(stream);
    const call = this.#call;
    if (!call) return this.#late(stream, "DATA", length);
    try {
      call.beginData(length);
      if ((flags & Flag.PADDED) === 0) call.expectContent(length);
    } catch (error) {
      this.#failCall(call, error);
    }
  }

  #paddedData(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    const content = withoutPadding(head, bytes, start, end);
    const contentBytes = content.end - content.start;
    this.#call?.read(end - start - contentBytes);
    this.#onCall((call) => call.expectContent(contentBytes));
    this.data(bytes, content.start, content.end);
    this.#endOfContent(contentBytes);
  }

  #headers(block: HeaderBlock | undefined): void {
    if (!block) return;
    const fields = this.#decode(block);
    this.#call = this.#host.calls.get(block.stream);
    if (!this.#call) return this.#late(block.stream, "HEADERS");
    this.#onCall((call) => {
      if (fields === "too-large")
        throw new StreamFault(
          "ENHANCE_YOUR_CALM",
          `header fields of more than ${frameLimits.headerListBytes} bytes`,
        );
      call.receiveHeaders(fields, block.isLast);
    });
  }

  #decode({ bytes, start, end }: HeaderBlock) {
    try {
      return this.#decoder.decode(bytes, start, end);
    } catch (error) {
      if (!(error instanceof HpackError)) throw error;
      throw new ConnectionFault(
        "COMPRESSION_ERROR",
        `header fields that do not decompress: ${error.message}`,
      );
    }
  }

  #priority({ stream, length }: FrameHead): void {
    if (stream === 0) throw new ConnectionFault("PROTOCOL_ERROR", "PRIORITY without a stream");
    this.#idleFrames.count("PRIORITY");
    if (length === 5) return;
    this.#call = this.#host.calls.get(stream);
    this.#onCall(() => {
      throw new StreamFault("FRAME_SIZE_ERROR", `PRIORITY of ${length} bytes`);
    });
  }

  #reset(head: FrameHead, bytes: Buffer, start: number): void {
    this.#checkOpened(head.stream, "RST_STREAM");
    checkLength(head, 4, "RST_STREAM");
    const call = this.#host.calls.get(head.stream);
    if (call) call.lose({ by: "peer", code: bytes.readUInt32BE(start) });
    else this.#idleFrames.count("RST_STREAM on a closed stream");
  }

  #windowUpdate(head: FrameHead, bytes: Buffer, start: number): void {
    checkLength(head, 4, "WINDOW_UPDATE");
    const { stream } = head;
    const grown = bytes.readUInt32BE(start) & max31;
    if (grown < frameLimits.trickleBytes) this.#idleFrames.count("a window that hardly grows");
    if (stream === 0) {
      if (grown === 0) throw new ConnectionFault("PROTOCOL_ERROR", "a window that grows by nothing");
      return this.#host.growWindow(grown);
    }
    this.#checkOpened(stream, "WINDOW_UPDATE");
    this.#call = this.#host.calls.get(stream);
    if (!this.#call) return this.#idleFrames.count("WINDOW_UPDATE on a closed stream");
    this.#onCall((call) => {
      if (grown === 0) throw new StreamFault("PROTOCOL_ERROR", "a window that grows by nothing");
      call.growWindow(grown);
    });
  }

  // ---- Of the connection

  #settings(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    checkStream(head, "SETTINGS");
    this.#idleFrames.count("SETTINGS", settingsWeight);
    if (head.flags & Flag.ACK) checkLength(head, 0, "an acknowledgement of SETTINGS");
    else this.#host.settings(bytes, start, end);
  }

  #ping(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    checkStream(head, "PING");
    checkLength(head, 8, "PING");
    if ((head.flags & Flag.ACK) === 0) {
      this.#idleFrames.count("PING");
      this.#host.answerPing(bytes, start, end);
    } else if (!this.#host.pingAnswered(bytes, start)) this.#idleFrames.count("an answer to no PING");
  }

  #goingAway(head: FrameHead, bytes: Buffer, start: number, end: number): void {
    checkStream(head, "GOAWAY");
    if (head.length < 8) throw new ConnectionFault("FRAME_SIZE_ERROR", `GOAWAY of ${head.length} bytes`);
    this.#idleFrames.count("GOAWAY");
    const lastId = bytes.readUInt32BE(start) & max31;
    this.#host.goingAway(lastId, bytes.readUInt32BE(start + 4), Buffer.from(bytes.subarray(start + 8, end)));
  }

  // ---- Checks

  #checkOpened(stream: number, what: string): void {
    if (stream === 0) throw new ConnectionFault("PROTOCOL_ERROR", `${what} without a stream`);
    if (!this.#host.calls.wasOpened(stream))
      throw new ConnectionFault("PROTOCOL_ERROR", `${what} on a stream that nobody has opened`);
  }

  /** For a stream that is closed. Of DATA, a whole window may have been underway when we closed it. */
  #late(stream: number, what: string, bytes = 0): void {
    if (this.#host.calls.hasEnded(stream))
      throw new ConnectionFault("STREAM_CLOSED", `${what} on a stream that the peer had ended`);
    if (bytes < frameLimits.trickleBytes) this.#idleFrames.count(`${what} on a closed stream`);
  }

  /** Does something with the call that the frame is for, if there is one; what it may not be ends that call alone. */
  #onCall(act: (call: Call) => void): void {
    const call = this.#call;
    if (!call) return;
    try {
      act(call);
    } catch (error) {
      this.#failCall(call, error);
    }
  }

  #failCall(call: Call, fault: unknown): void {
    if (!(fault instanceof StreamFault)) throw fault;
    this.#host.failCall(call, fault);
  }
}
