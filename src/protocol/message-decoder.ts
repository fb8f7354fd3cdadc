/**
 * Decodes stream messages. Those that come most, execute requests, relayed frames and answers to heartbeats and to register
 * requests, are read by hand when they have the shape every encoder writes; whatever else there is (other kinds, unknown or repeated fields that need merging,
 * text beyond ASCII) goes to Protobuf-ES, so that both always agree. A property test compares them.
 */
import { fromBinary } from "@bufbuild/protobuf";
import {
  type ExecuteRequest,
  type HeartbeatResponse,
  type PayloadEncoding,
  type RegisterConnectorResponse,
  type RegistrationStatus,
  type StreamMessage,
  StreamMessageSchema,
  type WebSocketFrame,
  type WebSocketFrameType,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { latin1In } from "./latin1.js";
import { ReceivedRequest } from "./received-request.js";

/** Field number and wire type of what the fast path knows. */
const tag = {
  executeRequest: (3 << 3) | 2,
  requestId: (1 << 3) | 2,
  payload: (2 << 3) | 2,
  payloadEncoding: (3 << 3) | 0,
  context: (4 << 3) | 2,
  capabilityId: (5 << 3) | 2,
  mapKey: (1 << 3) | 2,
  mapValue: (2 << 3) | 2,
  wsFrame: (13 << 3) | 2,
  connectionId: (1 << 3) | 2,
  frameType: (2 << 3) | 0,
  data: (3 << 3) | 2,
  heartbeatResponse: (7 << 3) | 2,
  gatewayId: (1 << 3) | 2,
  timestampMs: (2 << 3) | 0,
  shouldReconnect: (3 << 3) | 0,
  registerResponse: (2 << 3) | 2,
  success: (1 << 3) | 0,
  address: (2 << 3) | 2,
  error: (3 << 3) | 2,
  connectorArn: (4 << 3) | 2,
  status: (5 << 3) | 0,
  sessionToken: (8 << 3) | 2,
} as const;

const nothing = new Uint8Array();

/** Reads fields by hand; every method that meets something unusual sets `odd` and its result is void. */
class HandReader {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #odd = false;

  /** The request in a message, or undefined when Protobuf-ES must look at it. */
  request(bytes: Buffer, start: number, end: number): ExecuteRequest | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#odd = false;
    if (end - start < 2 || bytes[this.#at++] !== tag.executeRequest || this.#end(end) !== end)
      return undefined;
    const request = new ReceivedRequest(bytes);
    while (this.#at < end && !this.#odd) this.#field(request, end);
    return this.#odd ? undefined : request;
  }

  /** The relayed frame in a message, or undefined as above. */
  frame(bytes: Buffer, start: number, end: number): WebSocketFrame | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#odd = false;
    if (end - start < 2 || bytes[this.#at++] !== tag.wsFrame || this.#end(end) !== end) return undefined;
    let connectionId = "";
    let frameType: WebSocketFrameType = 0;
    let data: Uint8Array = nothing;
    while (this.#at < end && !this.#odd) {
      const field = bytes[this.#at++];
      if (field === tag.connectionId) connectionId = this.#text(end);
      else if (field === tag.frameType) frameType = this.#smallNumber(end) as WebSocketFrameType;
      else if (field === tag.data) {
        const to = this.#end(end);
        data = bytes.subarray(this.#at, to);
        this.#at = to;
      } else this.#odd = true;
    }
    if (this.#odd) return undefined;
    return { $typeName: "matrix.connectors.v1.WebSocketFrame", connectionId, frameType, data };
  }

  /** The answer to a heartbeat in a message, or undefined as above. */
  heartbeat(bytes: Buffer, start: number, end: number): HeartbeatResponse | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#odd = false;
    if (end - start < 2 || bytes[this.#at++] !== tag.heartbeatResponse || this.#end(end) !== end)
      return undefined;
    let gatewayId = "";
    let timestampMs = 0;
    let shouldReconnect = false;
    while (this.#at < end && !this.#odd) {
      const field = bytes[this.#at++];
      if (field === tag.gatewayId) gatewayId = this.#text(end);
      else if (field === tag.timestampMs) timestampMs = this.#safeNumber(end);
      else if (field === tag.shouldReconnect) shouldReconnect = this.#smallNumber(end) !== 0;
      else this.#odd = true;
    }
    if (this.#odd) return undefined;
    const $typeName = "matrix.connectors.v1.HeartbeatResponse";
    return { $typeName, gatewayId, timestampMs: BigInt(timestampMs), shouldReconnect };
  }

  /** The answer to a register request in a message, or undefined as above. */
  registered(bytes: Buffer, start: number, end: number): RegisterConnectorResponse | undefined {
    this.#bytes = bytes;
    this.#at = start;
    this.#odd = false;
    if (end - start < 2 || bytes[this.#at++] !== tag.registerResponse || this.#end(end) !== end)
      return undefined;
    const response: RegisterConnectorResponse = {
      $typeName: "matrix.connectors.v1.RegisterConnectorResponse",
      success: false,
      address: "",
      error: "",
      connectorArn: "",
      status: 0,
      sessionToken: "",
    };
    while (this.#at < end && !this.#odd) this.#answerField(response, end);
    return this.#odd ? undefined : response;
  }

  #answerField(response: RegisterConnectorResponse, end: number): void {
    switch (this.#bytes[this.#at++]) {
      case tag.success:
        response.success = this.#smallNumber(end) !== 0;
        return;
      case tag.address:
        response.address = this.#text(end);
        return;
      case tag.error:
        response.error = this.#text(end);
        return;
      case tag.connectorArn:
        response.connectorArn = this.#text(end);
        return;
      case tag.status:
        response.status = this.#smallNumber(end) as RegistrationStatus;
        return;
      case tag.sessionToken:
        response.sessionToken = this.#text(end);
        return;
      default:
        this.#odd = true;
    }
  }

  #field(request: ReceivedRequest, end: number): void {
    switch (this.#bytes[this.#at++]) {
      case tag.requestId:
        request.requestId = this.#text(end);
        return;
      case tag.payload: {
        const to = this.#end(end);
        request.setPayload(this.#at, to);
        this.#at = to;
        return;
      }
      case tag.payloadEncoding:
        // An open enum: numbers that this version does not know stay as they are.
        request.payloadEncoding = this.#smallNumber(end) as PayloadEncoding;
        return;
      case tag.capabilityId:
        request.capabilityId = this.#text(end);
        return;
      case tag.context:
        return this.#entry(request.context, end);
      default:
        this.#odd = true;
    }
  }

  /** An entry as encoders write it: the key, then the value. */
  #entry(context: { [key: string]: string }, end: number): void {
    const to = this.#end(end);
    if (this.#at < to && this.#bytes[this.#at++] !== tag.mapKey) this.#odd = true;
    const key = this.#text(to);
    if (this.#at < to && this.#bytes[this.#at++] !== tag.mapValue) this.#odd = true;
    const value = this.#text(to);
    // An own property of that name needs Protobuf-ES's care.
    if (this.#at !== to || key === "__proto__") this.#odd = true;
    if (!this.#odd) context[key] = value;
  }

  /** Where a length-delimited field ends, which must lie within `limit`. */
  #end(limit: number): number {
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#at < limit ? this.#bytes[this.#at++] : undefined;
      if (byte === undefined) break;
      length |= (byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (this.#at + length <= limit) return this.#at + length;
      break;
    }
    this.#odd = true;
    return this.#at;
  }

  /** Up to 49 bits, which hold every time in ms for thousands of years. */
  #safeNumber(limit: number): number {
    let number = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = this.#at < limit ? this.#bytes[this.#at++] : undefined;
      if (byte === undefined) break;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) return number;
    }
    this.#odd = true;
    return 0;
  }

  #smallNumber(limit: number): number {
    const byte = this.#at < limit ? this.#bytes[this.#at++] : undefined;
    if (byte === undefined || byte >= 0x80) this.#odd = true;
    return byte ?? 0;
  }

  /** ASCII only: one byte is one character. */
  #text(limit: number): string {
    const to = this.#end(limit);
    const from = this.#at;
    const bytes = this.#bytes;
    this.#at = to;
    for (let i = from; i < to; i += 1) {
      if ((bytes[i] ?? 0x80) >= 0x80) {
        this.#odd = true;
        return "";
      }
    }
    return from === to ? "" : latin1In(bytes, from, to);
  }
}

const byHand = new HandReader();

/** The message in `bytes[start, end)`. Throws when it is malformed. */
export function decodeStreamMessage(bytes: Buffer, start: number, end: number): StreamMessage {
  const value = byHand.request(bytes, start, end);
  if (value)
    return {
      $typeName: "matrix.connectors.v1.StreamMessage",
      message: { case: "executeRequest", value },
    };
  const frame = byHand.frame(bytes, start, end);
  if (frame)
    return { $typeName: "matrix.connectors.v1.StreamMessage", message: { case: "wsFrame", value: frame } };
  const heartbeat = byHand.heartbeat(bytes, start, end);
  if (heartbeat)
    return {
      $typeName: "matrix.connectors.v1.StreamMessage",
      message: { case: "heartbeatResponse", value: heartbeat },
    };
  const registered = byHand.registered(bytes, start, end);
  if (registered)
    return {
      $typeName: "matrix.connectors.v1.StreamMessage",
      message: { case: "registerResponse", value: registered },
    };
  // Not a part of the Buffer: what Protobuf-ES keeps of it would be Buffers too.
  return fromBinary(StreamMessageSchema, new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
}
