// Length-prefixed gRPC frames, as bytes: what the load driver and the node:http2 subject speak.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  ExecuteRequestSchema,
  HeartbeatResponseSchema,
  InvokeCapabilityResponseSchema,
  RegisterConnectorResponseSchema,
  StreamMessageSchema,
} from "../build/src/gen/matrix/connectors/v1/connector_service_pb.js";

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

/** The answer of another connector, which sends back what it was given. */
export function invokeResponse(bytes) {
  const { requestId, payload: given } = decode(bytes).value;
  return frame({
    case: "invokeResponse",
    value: create(InvokeCapabilityResponseSchema, {
      requestId,
      success: true,
      payload: given,
      payloadEncoding: 1,
    }),
  });
}

/** 128 bytes of JSON. */
export const payload = Buffer.from(JSON.stringify({ text: "x".repeat(128 - '{"text":""}'.length) }));

const marker = Buffer.from("slot-");
const slotDigits = 4;
const serialDigits = 8;
const zero = 0x30;

/**
 * An id of 36 characters like the UUIDs of real gateways: `slot-SSSS-NNNNNNNN-`, then padding. The slot tells
 * which of the requests in flight it is; the serial makes every id new, because a connector answers an id that
 * it has answered already from its store.
 */
export const executeFrame = (slot, request = {}) =>
  frame({
    case: "executeRequest",
    value: create(ExecuteRequestSchema, {
      requestId: `slot-${String(slot).padStart(slotDigits, "0")}-${"0".repeat(serialDigits)}-`.padEnd(
        idLength,
        "x",
      ),
      payload,
      payloadEncoding: 1,
      ...request,
    }),
  });

const slotOffset = marker.length;
const serialOffset = slotOffset + slotDigits + 1;

/** Where the id begins, or -1. */
export const findId = (bytes, from = 0) => bytes.indexOf(marker, from);

const idLength = 36;
const successTag = 0x10;

/** Of an answer: `success` follows its id when it is true, and is left out when it is false. */
export const isResult = (bytes) => bytes[findId(bytes) + idLength] === successTag;

function number(bytes, from, digits) {
  let value = 0;
  for (let i = from; i < from + digits; i += 1) value = value * 10 + bytes[i] - zero;
  return value;
}

export const slotAt = (bytes, id) => number(bytes, id + slotOffset, slotDigits);
export const serialAt = (bytes, id) => number(bytes, id + serialOffset, serialDigits);

export function setSerial(bytes, id, serial) {
  let rest = serial;
  for (let i = id + serialOffset + serialDigits - 1; i >= id + serialOffset; i -= 1) {
    bytes[i] = zero + (rest % 10);
    rest = Math.floor(rest / 10);
  }
}

/** Copies slot and serial from one id to another. */
export const copyId = (from, fromId, to, toId) =>
  from.copy(to, toId + slotOffset, fromId + slotOffset, fromId + serialOffset + serialDigits);
