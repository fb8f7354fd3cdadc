/** From what a frame carries to a message, or to what is left of one beyond the limit. */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { OversizedMessage } from "../../protocol/oversized-message.js";
import { bytesOf } from "../../protocol/phoenix-frames.js";

export interface InboundTaker {
  message(message: StreamMessage): void;
  oversized(remainder: StreamMessage, bytes: number): void;
  /** What came is no message. */
  broken(): void;
}

export class Inbound {
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
    else this.#taker.broken();
  }

  bytes(bytes: Buffer): void {
    if (bytes.length > this.#maxMessageBytes) {
      const message = new OversizedMessage(bytes.length);
      message.take(bytes, 0);
      return this.#taker.oversized(message.remainder(), bytes.length);
    }
    let message: StreamMessage;
    try {
      message = fromBinary(StreamMessageSchema, bytes);
    } catch {
      return this.#taker.broken();
    }
    this.#taker.message(message);
  }
}
