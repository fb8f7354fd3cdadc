/**
 * What a peer's bytes say: what it allows, what it asks, and what it sends. It reads them by itself, apart from
 * `src/`, and is lenient where they are wrong: a connection that they end is not looked at any more.
 */
import { flags, types } from "../../transport/h2/support/frames.js";

const headBytes = 9;
const mostStream = 63;
export const largestFrame = 16_384;

/** What has come for one stream; for the connection, of all of them. */
export class PeerStream {
  /** What its WINDOW_UPDATE frames come to. */
  given = 0;
  /** Bytes that count against our window: of DATA, with padding. */
  counted = 0;
  /** Bytes of content, and where they are: the beginning and end of each part. */
  content = 0;
  readonly parts: number[] = [];
  isEnded = false;
  isReset = false;
}

export class PeerFrames {
  readonly #bytes: Buffer;
  /** Where the next frame begins, and how much of the bytes has come. */
  #at = 0;
  #end = 0;
  /** The frame that is underway is DATA whose head was looked at. */
  #isInData = false;
  /** That of the connection first. */
  readonly #streams: (PeerStream | undefined)[] = [undefined, undefined, undefined, undefined, undefined];
  readonly #stray = new PeerStream();
  /** Payloads of PINGs: where they begin. */
  readonly pings: number[] = [];
  /** Payloads of SETTINGS: the beginning and end of each. */
  readonly settings: number[] = [];
  /** CONTINUATION frames of a header block whose end has not come. */
  continuations = 0;
  /** Bytes of that block. */
  blockBytes = 0;
  /** The stream of that block; whether it ends with it. */
  #block: { readonly stream: number; readonly isLast: boolean } | undefined;
  /** Another frame has come within a header block, or its end without a beginning. */
  isBlockBroken = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get bytes(): Buffer {
    return this.#bytes;
  }

  /** Whether no frame is underway. */
  get isBetweenFrames(): boolean {
    return this.#at === this.#end;
  }

  of(stream: number): PeerStream {
    // A case has few calls, whose identifiers are odd.
    if (stream > mostStream || (stream !== 0 && stream % 2 === 0)) return this.#stray;
    const place = (stream + 1) >> 1;
    let found = this.#streams[place];
    if (!found) {
      found = new PeerStream();
      this.#streams[place] = found;
    }
    return found;
  }

  /** All up to `end` has come. */
  readTo(end: number): void {
    const bytes = this.#bytes;
    this.#end = end;
    while (this.#at + headBytes <= end) {
      const at = this.#at;
      const length = ((bytes[at] as number) << 16) | bytes.readUInt16BE(at + 1);
      const type = bytes[at + 3] as number;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      const whole = at + headBytes + length;
      if (type === types.DATA) this.#data(stream, at, Math.min(whole, end), length);
      if (whole > end || length > largestFrame) return;
      this.#isInData = false;
      this.#at = whole;
      this.#take(type, bytes[at + 4] as number, stream, at + headBytes, whole);
    }
  }

  /** As much of DATA as has come. */
  #data(stream: number, at: number, end: number, length: number): void {
    const one = this.of(stream);
    const from = at + headBytes;
    const isPadded = ((this.#bytes[at + 4] as number) & flags.padded) !== 0;
    if (!this.#isInData) {
      this.#isInData = true;
      one.counted += length;
      this.of(0).counted += length;
      if (!isPadded) one.parts.push(from, from);
    }
    if (isPadded) {
      if (end === from + length) this.#padded(one, from, end);
      return;
    }
    const last = one.parts.length - 1;
    one.content += end - (one.parts[last] as number);
    one.parts[last] = end;
  }

  #padded(one: PeerStream, from: number, end: number): void {
    const to = end - (this.#bytes[from] as number);
    if (from === end || to <= from) return;
    one.parts.push(from + 1, to);
    one.content += to - from - 1;
  }

  #take(type: number, flag: number, stream: number, from: number, to: number): void {
    const isContinuation = type === types.CONTINUATION;
    if (isContinuation ? this.#block?.stream !== stream : this.#block) this.isBlockBroken = true;
    switch (type) {
      case types.DATA:
        if (flag & flags.end) this.of(stream).isEnded = true;
        return;
      case types.HEADERS:
        this.continuations = 0;
        this.blockBytes = to - from;
        this.#block = { stream, isLast: (flag & flags.end) !== 0 };
        return this.#blockGoesOn(flag);
      case types.CONTINUATION:
        this.continuations += 1;
        this.blockBytes += to - from;
        return this.#blockGoesOn(flag);
      case types.WINDOW_UPDATE:
        if (to - from === 4) this.of(stream).given += this.#bytes.readUInt32BE(from) & 0x7fff_ffff;
        return;
      case types.RST_STREAM:
        this.of(stream).isReset = true;
        return;
      case types.PING:
        if ((flag & flags.ack) === 0) this.pings.push(from);
        return;
      case types.SETTINGS:
        if ((flag & flags.ack) === 0) this.settings.push(from, to);
    }
  }

  #blockGoesOn(flag: number): void {
    if ((flag & flags.endHeaders) === 0) return;
    this.continuations = 0;
    this.blockBytes = 0;
    if (this.#block?.isLast) this.of(this.#block.stream).isEnded = true;
    this.#block = undefined;
  }
}
