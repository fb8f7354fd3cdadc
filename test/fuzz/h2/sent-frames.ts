/**
 * Looks at what a client writes: whether it is HTTP/2, and within what the peer allowed. It reads the peer's bytes by
 * itself, and is lenient where these are wrong: a connection that they end writes nothing more but its GOAWAY.
 */

import { requestBlock } from "../../transport/h2/support/driven-connection.js";
import {
  flags,
  inWords,
  preface,
  type ReadFrame,
  readFrames,
  types,
} from "../../transport/h2/support/frames.js";

const initialWindow = 65_535;
const largestFrame = 16_384;

/** Sums by stream. */
class Sums {
  readonly #sums = new Map<number, number>();

  of(stream: number): number {
    return this.#sums.get(stream) ?? 0;
  }

  add(stream: number, bytes: number): void {
    this.#sums.set(stream, this.of(stream) + bytes);
  }
}

export class SentFrames {
  readonly #peer: Buffer;
  /** Where the peer's next frame begins. */
  #peerAt = 0;
  /** The head of the peer's next frame was looked at. */
  #peerHead = false;
  #initialWindow = initialWindow;
  readonly #given = new Sums();
  readonly #spent = new Sums();
  readonly #received = new Sums();
  readonly #givenBack = new Sums();
  /** Questions of the peer's that were not answered. */
  #pings = 0;
  #settings = 0;
  readonly #opened = new Set<number>();
  readonly #ended = new Set<number>();
  readonly #reset = new Set<number>();
  #lastOpened = -1;
  #begun = false;
  #isOver = false;

  /** `peer`: all that the peer sends. */
  constructor(peer: Buffer) {
    this.#peer = peer;
  }

  /** The client has received the peer's bytes up to `end`. */
  received(end: number): void {
    const bytes = this.#peer;
    for (;;) {
      const at = this.#peerAt;
      if (at + 9 > end) return;
      const length = bytes.readUIntBE(at, 3);
      const type = bytes[at + 3];
      const flag = bytes[at + 4] as number;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      if (!this.#peerHead && type === types.DATA) {
        this.#received.add(stream, length);
        this.#received.add(0, length);
      }
      this.#peerHead = true;
      if (length > largestFrame || at + 9 + length > end) return;
      this.#peerHead = false;
      this.#peerAt = at + 9 + length;
      if (type === types.WINDOW_UPDATE && length === 4)
        this.#given.add(stream, bytes.readUInt32BE(at + 9) & 0x7fff_ffff);
      else if (type === types.PING && (flag & flags.ack) === 0) this.#pings += 1;
      else if (type === types.SETTINGS && (flag & flags.ack) === 0) this.#takeSettings(at + 9, this.#peerAt);
    }
  }

  /** The client writes these bytes. Throws an error that says what is wrong with them. */
  sent(bytes: Buffer): void {
    let from = 0;
    if (!this.#begun && bytes.length > 0) {
      if (bytes.toString("latin1", 0, preface.length) !== preface) throw new Error("no preface");
      from = preface.length;
    }
    for (const frame of readFrames(bytes.subarray(from))) {
      const wrong = this.#isOver ? "after GOAWAY" : this.#wrong(frame);
      if (wrong !== undefined) throw new Error(`it wrote ${inWords(frame)}: ${wrong}`);
    }
  }

  #takeSettings(start: number, end: number): void {
    this.#settings += 1;
    for (let at = start; at + 6 <= end; at += 6) {
      if (this.#peer.readUInt16BE(at) === 4) this.#initialWindow = this.#peer.readUInt32BE(at + 2);
    }
  }

  #wrong(frame: ReadFrame): string | undefined {
    const { type, stream, payload } = frame;
    if (!this.#begun) {
      this.#begun = true;
      return type === types.SETTINGS && frame.flags === 0 ? undefined : "not SETTINGS first";
    }
    if (payload.length > largestFrame) return "too large";
    switch (type) {
      case types.HEADERS:
        return this.#wrongHeaders(frame);
      case types.DATA:
        return this.#wrongData(frame);
      case types.RST_STREAM:
        if (payload.length !== 4) return "not 4 bytes";
        if (!this.#opened.has(stream)) return "never opened";
        if (this.#reset.has(stream)) return "twice";
        this.#reset.add(stream);
        return undefined;
      case types.WINDOW_UPDATE:
        return this.#wrongUpdate(frame);
      case types.PING:
        if (payload.length !== 8 || stream !== 0) return "malformed";
        if ((frame.flags & flags.ack) !== 0 && --this.#pings < 0) return "an answer to nothing";
        return undefined;
      case types.SETTINGS:
        if ((frame.flags & flags.ack) === 0) return "more settings";
        if (payload.length !== 0 || stream !== 0) return "malformed";
        return --this.#settings < 0 ? "an answer to nothing" : undefined;
      case types.GOAWAY:
        this.#isOver = true;
        return payload.length >= 8 && stream === 0 ? undefined : "malformed";
      default:
        return "of no use";
    }
  }

  #wrongHeaders({ stream, payload, flags: flag }: ReadFrame): string | undefined {
    if (stream % 2 === 0 || stream <= this.#lastOpened) return "an identifier that is not the next";
    this.#lastOpened = stream;
    this.#opened.add(stream);
    if (flag !== flags.endHeaders) return "flags";
    return payload.equals(requestBlock) ? undefined : "another block";
  }

  #wrongData({ stream, payload, flags: flag }: ReadFrame): string | undefined {
    if (!this.#opened.has(stream)) return "never opened";
    if (this.#reset.has(stream)) return "was reset";
    if (this.#ended.has(stream)) return "had ended";
    if ((flag & ~flags.end) !== 0) return "flags";
    if (flag === flags.end) this.#ended.add(stream);
    else if (payload.length === 0) return "nothing to say";
    for (const window of [0, stream]) {
      this.#spent.add(window, payload.length);
      const most = (window === 0 ? initialWindow : this.#initialWindow) + this.#given.of(window);
      if (payload.length > 0 && this.#spent.of(window) > most) return `beyond the window of ${window}`;
    }
    return undefined;
  }

  #wrongUpdate({ stream, payload }: ReadFrame): string | undefined {
    if (payload.length !== 4) return "not 4 bytes";
    if (stream !== 0 && !this.#opened.has(stream)) return "never opened";
    if (this.#reset.has(stream)) return "was reset";
    const bytes = payload.readUInt32BE(0);
    if (bytes === 0 || bytes >= 2 ** 31) return "no window";
    this.#givenBack.add(stream, bytes);
    // At the start, the connection's window is made larger than HTTP/2 has it.
    const grant = stream === 0 ? 16 * 2 ** 20 - initialWindow : 0;
    return this.#givenBack.of(stream) > this.#received.of(stream) + grant ? "more than has come" : undefined;
  }
}
