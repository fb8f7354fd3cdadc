/** Messages, and their bytes on the wire. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ExecuteRequestSchema,
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";

export const maxMessageBytes = 4 * 1024 * 1024;

export const first: StreamMessage = create(StreamMessageSchema, {
  message: { case: "registerRequest", value: create(RegisterConnectorRequestSchema, { tenantId: "t" }) },
});

export const answer = (requestId: string, bytes = 0): StreamMessage =>
  create(StreamMessageSchema, {
    message: {
      case: "executeResponse",
      value: create(ExecuteResponseSchema, { requestId, payload: new Uint8Array(bytes) }),
    },
  });

export const request = (requestId: string, bytes = 0): StreamMessage =>
  create(StreamMessageSchema, {
    message: {
      case: "executeRequest",
      value: create(ExecuteRequestSchema, { requestId, payload: new Uint8Array(bytes) }),
    },
  });

/** The id a message carries; empty for others. */
export function idOf({ message }: StreamMessage): string {
  return message.case === "executeRequest" || message.case === "executeResponse"
    ? message.value.requestId
    : "";
}

/** A message made by `shape` that is encoded in exactly so many bytes. */
export function ofSize(shape: typeof answer, bytes: number): StreamMessage {
  let payload = bytes;
  for (;;) {
    const message = shape("", payload);
    const over = toBinary(StreamMessageSchema, message).length - bytes;
    if (over === 0) return message;
    payload -= over;
  }
}

export function frameOf(body: Uint8Array, flag = 0): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

export const frame = (message: StreamMessage): Buffer => frameOf(toBinary(StreamMessageSchema, message));

/** Collects what a peer gets, as messages. */
export class Inbox {
  readonly messages: StreamMessage[] = [];
  #rest = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= 5 && this.#rest.length - 5 >= this.#rest.readUInt32BE(1)) {
      const end = 5 + this.#rest.readUInt32BE(1);
      if (this.#rest[0] !== 0) throw new Error(`A frame with flag ${this.#rest[0]}.`);
      this.messages.push(fromBinary(StreamMessageSchema, this.#rest.subarray(5, end)));
      this.#rest = this.#rest.subarray(end);
    }
  }

  get ids(): readonly string[] {
    return this.messages.map(idOf).filter((id) => id !== "");
  }
}
