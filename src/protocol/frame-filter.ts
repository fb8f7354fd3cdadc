/**
 * Takes messages that are beyond the limit out of a flow of gRPC frames, for a library that would end the stream for
 * them. Everything else passes as it is; what is no plain frame, the library judges.
 */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { OversizedMessage } from "./oversized-message.js";

/** Gets what is left of a message of `bytes` bytes that was read past. */
export type OversizedTaker = (remainder: StreamMessage, bytes: number) => void;

const headBytes = 5;
/** Such a message is the library's to unpack, or to refuse. */
const compressed = 1;
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
  readonly #maxMessageBytes: number;
  readonly #oversized: OversizedTaker;
  /** The beginning of a frame whose head is not whole yet. */
  #head: Buffer = none;
  /** Bytes of the present frame that pass. */
  #passing = 0;
  #skipped: OversizedMessage | undefined;
  /** `judged-elsewhere`: all passes, so that the library ends the stream in its own way. */
  #state: "filtering" | "judged-elsewhere" = "filtering";

  constructor(maxMessageBytes: number, oversized: OversizedTaker) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#oversized = oversized;
  }

  /** The flow of `chunks`, filtered, and small pieces from the middle of a message joined. */
  async *filter(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
    const pieces = new Pieces();
    for await (const chunk of chunks) {
      const before = this.#passing;
      const parts = this.pass(chunk);
      const isMiddle = this.#passing > 0 && this.#passing === before - chunk.length;
      if (isMiddle && pieces.take(chunk)) continue;
      yield* pieces.taken();
      yield* parts;
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
    while (at < bytes.length) {
      if (this.#state === "judged-elsewhere") at = bytes.length;
      else if (this.#skipped) from = at = this.#skip(this.#skipped, bytes, at);
      else if (this.#passing > 0) {
        const length = Math.min(this.#passing, bytes.length - at);
        this.#passing -= length;
        at += length;
      } else if (bytes.length - at < headBytes) {
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
    const flag = bytes[at] ?? 0;
    if (flag === compressed || length <= this.#maxMessageBytes) this.#passing = length;
    else if (flag > compressed) this.#state = "judged-elsewhere";
    else this.#skipped = new OversizedMessage(length);
    return this.#skipped !== undefined;
  }

  #skip(message: OversizedMessage, bytes: Buffer, at: number): number {
    const end = message.take(bytes, at);
    if (message.isToBeTold) this.#oversized(message.remainder(), message.bytes);
    if (message.isOver) this.#skipped = undefined;
    return end;
  }
}
