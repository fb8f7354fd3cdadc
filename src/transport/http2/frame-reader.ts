/**
 * Cuts what a peer sends into gRPC messages (one flag byte, four length bytes, the message), wherever the
 * chunks begin and end. Messages are handed out as places in a chunk: nothing is copied, except a message that
 * lies across chunks.
 */

import { flagFault } from "../../protocol/frame-flags.js";
import { OversizedMessage } from "../../protocol/oversized-message.js";
import type { FrameFault } from "./call-ending.js";

export interface MessageTaker {
  /** Gets each message as `bytes[start, end)`. Returns false to stop for now; {@link FrameReader.next} goes on. */
  take(bytes: Buffer, start: number, end: number): boolean;
}

export interface OversizedTaker {
  /** Gets a message beyond the limit that was read past. Returns false like a {@link MessageTaker}. */
  takeOversized(message: OversizedMessage): boolean;
}

const headBytes = 5;
const none = Buffer.alloc(0);
/** So many chunks of one message are made one: a chunk of one byte costs a hundred times what it carries. */
const mostParts = 1024;
/** A part of this size is not copied again. */
const largePartBytes = 256 * 1024;

/** So many bytes and fewer are copied when they are kept: a part of a large piece of memory keeps all of that. */
const copiedBytes = 4 * 1024;

const own = (bytes: Buffer, start: number, end: number): Buffer => {
  const part = bytes.subarray(start, end);
  return part.length <= copiedBytes && part.length < bytes.buffer.byteLength ? Buffer.from(part) : part;
};

export class FrameReader {
  readonly #maxMessageBytes: number;
  #bytes: Buffer = none;
  #at = 0;
  #end = 0;
  /** Chunks of a message that is not whole yet, and how long they are together. */
  #parts: Buffer[] | undefined;
  #partsBytes = 0;
  /** So many of the parts, from the first, are large. */
  #largeParts = 0;
  /** How many bytes the parts need before anything can be read from them. */
  #wanted = 0;

  /** A message beyond the limit that is being read past: none of it is kept. */
  #skipped: OversizedMessage | undefined;
  readonly #oversizedTaker: OversizedTaker | undefined;

  /** Without `oversizedTaker`, a message beyond the limit is a fault. */
  constructor(maxMessageBytes: number, oversizedTaker?: OversizedTaker) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#oversizedTaker = oversizedTaker;
  }

  /** Whether bytes of an unfinished message are kept. */
  get partial(): boolean {
    return this.#parts !== undefined || this.#skipped !== undefined || this.#at < this.#end;
  }

  /**
   * Takes `chunk[start, end)` and hands out the messages that are whole. Nothing may be left from {@link next}
   * stopping.
   */
  push(chunk: Buffer, taker: MessageTaker, start = 0, end = chunk.length): FrameFault | undefined {
    if (this.#parts) {
      this.#gather(this.#parts, own(chunk, start, end));
      if (this.#partsBytes < this.#wanted) return undefined;
      this.#bytes = Buffer.concat(this.#parts, this.#partsBytes);
      this.#parts = undefined;
      this.#at = 0;
      this.#end = this.#bytes.length;
    } else {
      this.#bytes = chunk;
      this.#at = start;
      this.#end = end;
    }
    return this.#skipped ? this.#skip(this.#skipped, taker) : this.next(taker);
  }

  /** Goes on after a stop, as far as messages are whole. */
  next(taker: MessageTaker): FrameFault | undefined {
    for (;;) {
      // Whoever takes a message may pause and go on at once, and so be here within this.
      const bytes = this.#bytes;
      const end = this.#end;
      const at = this.#at;
      // Its first byte tells; the rest of what is no frame may never come.
      if (at < end && bytes[at] !== 0) return flagFault(bytes[at]);
      if (end - at < headBytes) return this.#keep(headBytes);
      const length = bytes.readUInt32BE(at + 1);
      if (length > this.#maxMessageBytes) return this.#begin(length, at + headBytes, taker);
      const from = at + headBytes;
      if (end - from < length) return this.#keep(headBytes + length);
      this.#at = from + length;
      if (!taker.take(bytes, from, from + length)) return undefined;
    }
  }

  #begin(length: number, at: number, taker: MessageTaker): FrameFault | undefined {
    if (!this.#oversizedTaker) return "too-large";
    this.#at = at;
    return this.#skip(new OversizedMessage(length), taker);
  }

  #skip(message: OversizedMessage, taker: MessageTaker): FrameFault | undefined {
    this.#at = message.take(this.#bytes, this.#at, this.#end);
    this.#skipped = message.isOver ? undefined : message;
    const goesOn = message.isToBeTold ? this.#oversizedTaker?.takeOversized(message) : true;
    if (!message.isOver) return this.#keep(0);
    return goesOn ? this.next(taker) : undefined;
  }

  #gather(parts: Buffer[], chunk: Buffer): void {
    parts.push(chunk);
    this.#partsBytes += chunk.length;
    if (parts.length - this.#largeParts < mostParts) return;
    const joined = Buffer.concat(parts.splice(this.#largeParts));
    parts.push(joined);
    if (joined.length >= largePartBytes) this.#largeParts = parts.length;
  }

  /** Keeps the rest until `wanted` bytes are there. */
  #keep(wanted: number): undefined {
    if (this.#at < this.#end) {
      this.#parts = [own(this.#bytes, this.#at, this.#end)];
      this.#partsBytes = this.#end - this.#at;
      this.#wanted = wanted;
      this.#largeParts = 0;
    }
    this.#bytes = none;
    this.#at = 0;
    this.#end = 0;
  }
}
