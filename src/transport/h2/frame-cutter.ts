/**
 * Cuts what a connection brings into frames, wherever its chunks begin and end. DATA is handed out in place and as it
 * comes; every other frame, and DATA with padding, is small, and handed out whole.
 */
import { Flag, type FrameHead, FrameType, frameHeadBytes } from "./frame.js";

/** Gets the frames in order. */
export interface FrameTaker {
  /** Nothing more is to be cut. */
  readonly isOver: boolean;
  /** A frame begins. Its payload is not to be awaited if this throws. */
  begin(head: FrameHead): void;
  /** Bytes of a DATA frame without padding: some, none, or all. */
  data(bytes: Buffer, start: number, end: number): void;
  /** The DATA frame is over. */
  endOfData(): void;
  /** The payload of another frame, or of DATA with padding. Not to be kept: it is overwritten. */
  payload(bytes: Buffer, start: number, end: number): void;
}

export class FrameCutter {
  readonly #taker: FrameTaker;
  readonly #head: FrameHead = { length: 0, type: 0, flags: 0, stream: 0 };
  /** The beginning of a head that lies across chunks. */
  #cutHead: Buffer | undefined;
  #headBytes = 0;
  /** Bytes of the frame that are to come. */
  #left = 0;
  /** What has come of a payload that is handed out whole. */
  #gathered: Buffer | undefined;

  constructor(taker: FrameTaker) {
    this.#taker = taker;
  }

  /** Takes `bytes[0, end)`. What is not handed out of it by then is kept as a copy. */
  receive(bytes: Buffer, end: number): void {
    let at = 0;
    while (at < end && !this.#taker.isOver)
      at = this.#left > 0 ? this.#rest(bytes, at, end) : this.#next(bytes, at, end);
  }

  /** Reads a head, and as much of the payload as there is. Returns where that ends. */
  #next(bytes: Buffer, start: number, end: number): number {
    let at = start + frameHeadBytes;
    if (this.#cutHead || at > end) {
      at = this.#gatherHead(bytes, start, end);
      if (this.#headBytes < frameHeadBytes || !this.#cutHead) return at;
      this.#read(this.#cutHead, 0);
      this.#cutHead = undefined;
    } else this.#read(bytes, start);
    const head = this.#head;
    this.#taker.begin(head);
    const { length } = head;
    if (head.type === FrameType.DATA && (head.flags & Flag.PADDED) === 0) {
      this.#left = length;
      if (length > 0 && at < end) return this.#rest(bytes, at, end);
      if (length === 0) this.#taker.endOfData();
      return at;
    }
    if (at + length <= end) {
      this.#taker.payload(bytes, at, at + length);
      return at + length;
    }
    this.#gathered = Buffer.allocUnsafe(length);
    this.#left = length;
    return at;
  }

  /** More of a frame whose head is known. */
  #rest(bytes: Buffer, at: number, end: number): number {
    const to = Math.min(end, at + this.#left);
    const gathered = this.#gathered;
    if (gathered) {
      bytes.copy(gathered, gathered.length - this.#left, at, to);
      this.#left -= to - at;
      if (this.#left > 0) return to;
      this.#gathered = undefined;
      this.#taker.payload(gathered, 0, gathered.length);
      return to;
    }
    this.#left -= to - at;
    this.#taker.data(bytes, at, to);
    if (this.#left === 0 && !this.#taker.isOver) this.#taker.endOfData();
    return to;
  }

  #gatherHead(bytes: Buffer, start: number, end: number): number {
    if (!this.#cutHead) {
      this.#cutHead = Buffer.allocUnsafe(frameHeadBytes);
      this.#headBytes = 0;
    }
    const to = Math.min(end, start + frameHeadBytes - this.#headBytes);
    bytes.copy(this.#cutHead, this.#headBytes, start, to);
    this.#headBytes += to - start;
    return to;
  }

  #read(bytes: Buffer, at: number): void {
    const head = this.#head;
    head.length = bytes.readUIntBE(at, 3);
    head.type = bytes[at + 3] as number;
    head.flags = bytes[at + 4] as number;
    head.stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
  }
}
