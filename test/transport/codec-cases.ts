/** What the tests of the hand-written codec share: values of any kind, and Protobuf-ES to compare with. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect } from "vitest";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { decodeStreamMessage } from "../../src/protocol/message-decoder.js";

export const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.constantFrom("", "__proto__", "é", "x".repeat(200)),
);
export const bytes = fc.uint8Array({ maxLength: 300 });

/** One field of any number and wire type, possibly cut short. */
export const strayField = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom(0, 1, 2, 5), bytes)
  .map(([number, wire, content]) =>
    Buffer.from([((number << 3) & 0x7f) | wire, content.length & 0x7f, ...content]),
  );

/** What both decoders make of the bytes, in a form to compare; "malformed" when they refuse. */
function seen(decode: () => StreamMessage): unknown {
  let decoded: StreamMessage;
  try {
    decoded = decode();
  } catch {
    return "malformed";
  }
  const { message } = decoded;
  if (message.case !== "executeRequest")
    return Buffer.from(toBinary(StreamMessageSchema, decoded)).toString("hex");
  const { requestId, payload, payloadEncoding, context, capabilityId, $unknown } = message.value;
  return {
    requestId,
    payload: Buffer.from(payload).toString("hex"),
    payloadEncoding,
    context: Object.entries(context),
    capabilityId,
    unknown: [decoded.$unknown, $unknown],
  };
}

/** The message lies inside a larger chunk, as it does in a stream. */
export function bothAgree(message: Uint8Array): void {
  const chunk = Buffer.concat([Buffer.from([0xff, 0x80]), message, Buffer.from([0x0a, 0x01])]);
  const ours = seen(() => decodeStreamMessage(chunk, 2, 2 + message.length));
  // Of a Buffer, Protobuf-ES would keep Buffers.
  expect(ours).toEqual(seen(() => fromBinary(StreamMessageSchema, Uint8Array.from(message))));
}

/** As it goes onto the wire. */
export function framed(message: StreamMessage): Buffer {
  const body = toBinary(StreamMessageSchema, message);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}
