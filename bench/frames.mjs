// Length-prefixed gRPC frames, as bytes: what the load driver and the node:http2 subject speak.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ExecuteRequestSchema,
  HeartbeatResponseSchema,
  RegisterConnectorResponseSchema,
  StreamMessageSchema,
} from "../dist/src/gen/matrix/connectors/v1/connector_service_pb.js";

export const path = "/matrix.connectors.v1.ConnectorService/Connect";

/** One message with its five bytes of prefix. */
export function frame(body) {
  const bytes = toBinary(StreamMessageSchema, create(StreamMessageSchema, { message: body }));
  const out = Buffer.allocUnsafe(5 + bytes.length);
  out[0] = 0;
  out.writeUInt32BE(bytes.length, 1);
  out.set(bytes, 5);
  return out;
}

export const decode = (bytes) => fromBinary(StreamMessageSchema, bytes).message;

/** Splits a stream of chunks into messages; calls `each` with the bytes of one message. */
export function splitter(each) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    let buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (buffer.length >= 5) {
      const end = 5 + buffer.readUInt32BE(1);
      if (buffer.length < end) break;
      each(buffer.subarray(5, end));
      buffer = buffer.subarray(end);
    }
    rest = buffer;
  };
}

export const registerResponse = frame({
  case: "registerResponse",
  value: create(RegisterConnectorResponseSchema, {
    success: true,
    status: 2,
    connectorArn: "matrix:t:echo:i",
  }),
});

export const heartbeatResponse = frame({
  case: "heartbeatResponse",
  value: create(HeartbeatResponseSchema, {}),
});

/** 128 bytes of JSON. */
export const payload = Buffer.from(JSON.stringify({ text: "x".repeat(128 - '{"text":""}'.length) }));

/** Slots are part of the id, so that an answer tells which of the requests in flight it belongs to. */
export const executeFrame = (slot) =>
  frame({
    case: "executeRequest",
    value: create(ExecuteRequestSchema, {
      requestId: `slot-${String(slot).padStart(4, "0")}`,
      payload,
      payloadEncoding: 1,
    }),
  });
