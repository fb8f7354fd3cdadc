/**
 * Takes messages that are beyond the limit out of a flow of gRPC frames, for a library that would end the stream for
 * them. Everything else passes as it is, up to the first bytes that are no frame: a library would read a length from
 * those, and wait for it or call it too large.
 */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type FlagFault, flagFault } from "./frame-flags.js";
import { OversizedMessage } from "./oversized-message.js";

/** Gets what is left of a message of `bytes` bytes that was read past. */
export type OversizedTaker = (remainder: StreamMessage, bytes: number) => void;

export interface FrameFilterOptions {
  readonly maxMessageBytes: number;
  /** Without it, the library judges messages beyond the limit. */
  readonly oversized?: OversizedTaker | undefined;
  /** The library takes compressed messages, and refuses them where none were agreed on. */
  readonly unpacks?: boolean;
}

const headBytes = 5;
const none = Buffer.alloc(0);
/** Pieces up to this are joined. */
const joinedBytes = 16 * 1024;

/** A frame that is cut short, for a flow that ends inside of a message that is read past. */
const cutShort = Buffer.from([0, 0, 0]);

/** Small pieces of a message, put together: Connect's decoder looks at all it has for each that comes. */
class Pieces {
  #bytes: Buffer | undefined;
  #length = 0;

  /** False when there is no room for it. */
  take(piece: Buffer): boolean {
    if (this.#length + piece.length > joinedBytes) return false;
    this.#bytes ??= Buffer.allocUnsafe(joinedBytes);
    piece.copy(this.#bytes, this.#length);
    this.#length += piece.length;
    return true;
  }

  *taken(): Generator<Buffer, void, undefined> {
    if (!this.#bytes || this.#length === 0) return;
    yield this.#bytes.subarray(0, this.#length);
    this.#bytes = undefined;
    this.#length = 0;
  }
}

export class FrameFilter {
  readonly #options: FrameFilterOptions;
  /** The beginning of a frame whose head is not whole yet. */
  #head: Buffer = none;
  /** Bytes of the present frame that pass. */
  #passing = 0;
  #skipped: OversizedMessage | undefined;
  #fault: FlagFault | undefined;

  constructor(options: FrameFilterOptions) {
    this.#options = options;
  }

  /** Why nothing passes any more. */
  get fault(): FlagFault | undefined {
    return this.#fault;
  }

  /** Whether a message has begun that is not over. */
  get partial(): boolean {
    return this.#passing > 0 || this.#head.length > 0 || this.#skipped !== undefined;
  }

  /**
   * The flow of `chunks`, filtered, and small pieces from the middle of a message joined. `faulty` is called once, when
   * all is taken that came before the fault; what comes then is dropped.
   */
  async *filter(
    chunks: AsyncIterable<Buffer>,
    faulty: (fault: FlagFault) => void,
  ): AsyncGenerator<Buffer, void, undefined> {
    const pieces = new Pieces();
    for await (const chunk of chunks) {
      if (this.#fault) continue;
      const before = this.#passing;
      const parts = this.pass(chunk);
      const isMiddle = this.#passing > 0 && this.#passing === before - chunk.length;
      if (isMiddle && pieces.take(chunk)) continue;
      yield* pieces.taken();
      yield* parts;
      if (this.#fault) faulty(this.#fault);
    }
    yield* pieces.taken();
    if (this.#skipped) yield cutShort;
    else if (this.#head.length > 0) yield this.#head;
  }

  /** What passes of a chunk, and of a head that was held back before it. */
  pass(chunk: Buffer): readonly Buffer[] {
    const bytes = this.#head.length > 0 ? Buffer.concat([this.#head, chunk]) : chunk;
    this.#head = none;
    const parts: Buffer[] = [];
    /** Everything from here to `at` passes. */
    let from = 0;
    let at = 0;
    while (at < bytes.length && !this.#fault) {
      if (this.#skipped) from = at = this.#skip(this.#skipped, bytes, at);
      else if (this.#passing > 0) {
        const length = Math.min(this.#passing, bytes.length - at);
        this.#passing -= length;
        at += length;
      } else if (this.#isFaulty(bytes[at])) break;
      else if (bytes.length - at < headBytes) {
        this.#head = bytes.subarray(at);
        break;
      } else if (this.#begins(bytes, at)) {
        if (at > from) parts.push(bytes.subarray(from, at));
        from = at += headBytes;
      } else at += headBytes;
    }
    if (at > from) parts.push(bytes.subarray(from, at));
    return parts;
  }

  /** Looks at a frame's head. True when its message is beyond the limit and is to be read past. */
  #begins(bytes: Buffer, at: number): boolean {
    const length = bytes.readUInt32BE(at + 1);
    const isPlain = bytes[at] === 0;
    // A compressed message is the library's to unpack, and to measure.
    if (isPlain && this.#options.oversized && length > this.#options.maxMessageBytes)
      this.#skipped = new OversizedMessage(length);
    else this.#passing = length;
    return this.#skipped !== undefined;
  }

  /** By its first byte: the rest of what is no frame may never come. */
  #isFaulty(flags: number | undefined): boolean {
    const fault = flagFault(flags);
    if (fault === "malformed" || (fault && !this.#options.unpacks)) this.#fault = fault;
    return this.#fault !== undefined;
  }

  #skip(message: OversizedMessage, bytes: Buffer, at: number): number {
    const end = message.take(bytes, at);
    if (message.isToBeTold) this.#options.oversized?.(message.remainder(), message.bytes);
    if (message.isOver) this.#skipped = undefined;
    return end;
  }
}
