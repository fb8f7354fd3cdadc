/** From what a frame carries to a message, or to what is left of one beyond the limit. */
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { decodeStreamMessage } from "./message-decoder.js";
import { OversizedMessage } from "./oversized-message.js";
import { bytesOf } from "./phoenix-frames.js";

export interface InboundTaker {
  /** `bytes`: how many it came in. */
  message(message: StreamMessage, bytes: number): void;
  oversized(remainder: StreamMessage, bytes: number): void;
  /** What came is no message; `bytes`: how many, 0 where it is no base64. */
  broken(bytes: number): void;
}

export class InboundMessages {
  readonly #maxMessageBytes: number;
  readonly #taker: InboundTaker;

  constructor(maxMessageBytes: number, taker: InboundTaker) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#taker = taker;
  }

  /** As base64. */
  text(data: string): void {
    const bytes = bytesOf(data);
    if (bytes) this.bytes(bytes);
    else this.#taker.broken(0);
  }

  bytes(bytes: Buffer): void {
    if (bytes.length > this.#maxMessageBytes) {
      const message = new OversizedMessage(bytes.length);
      message.take(bytes, 0);
      return this.#taker.oversized(message.remainder(), bytes.length);
    }
    let message: StreamMessage;
    try {
      message = decodeStreamMessage(bytes, 0, bytes.length);
    } catch {
      return this.#taker.broken(bytes.length);
    }
    this.#taker.message(message, bytes.length);
  }
}
