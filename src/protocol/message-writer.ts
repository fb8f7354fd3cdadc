/**
 * Encodes stream messages, each behind the head of its gRPC frame, one after the other in one piece of memory, so that
 * a turn's answers are one write. Execute responses, relayed frames, heartbeats and register requests are written by hand,
 * everything else by Protobuf-ES; both give the same bytes (a property test compares them).
 */

import { toBinary } from "@bufbuild/protobuf";
import {
  type ExecuteResponse,
  type HeartbeatRequest,
  type HeartbeatResponse,
  type RegisterConnectorRequest,
  type StreamMessage,
  StreamMessageSchema,
  type WebSocketFrame,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { writeLatin1 } from "./latin1.js";
import { answerEnvelopeBytes, slabBytes } from "./limits.js";
import { RegisterSizes, writeRegister } from "./register-writer.js";
import { TextResponse } from "./text-response.js";
import { fieldSize, isAscii, numberSize, varintSize } from "./wire-sizes.js";

const headBytes = 5;
/** What the frame of an execute response needs besides its texts and payload, at most. */
const envelopeBytes = headBytes + answerEnvelopeBytes;

const tag = {
  executeResponse: (4 << 3) | 2,
  requestId: (1 << 3) | 2,
  success: (2 << 3) | 0,
  payload: (3 << 3) | 2,
  payloadEncoding: (4 << 3) | 0,
  error: (5 << 3) | 2,
  durationMs: (6 << 3) | 0,
  wsFrame: (13 << 3) | 2,
  connectionId: (1 << 3) | 2,
  frameType: (2 << 3) | 0,
  data: (3 << 3) | 2,
  heartbeatRequest: (6 << 3) | 2,
  heartbeatResponse: (7 << 3) | 2,
  timestampMs: (2 << 3) | 0,
} as const;

const maxVarint = 2 ** 31 - 1;

/** As `varintSize`, for numbers beyond 32 bits. */
function longVarintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** Whether the hand-written form is exact: plain ids and texts, small positive numbers, no unknown fields. */
function isPlain(response: ExecuteResponse): boolean {
  const { payloadEncoding, durationMs } = response;
  return (
    response.$unknown === undefined &&
    payloadEncoding >= 0 &&
    durationMs >= 0n &&
    durationMs <= maxVarint &&
    isAscii(response.requestId) &&
    isAscii(response.error)
  );
}

/** The same of a result that is text. */
const isPlainText = ({ requestId, ms }: TextResponse): boolean => ms <= maxVarint && isAscii(requestId);

const isPlainFrame = ({ $unknown, frameType, connectionId }: WebSocketFrame): boolean =>
  $unknown === undefined && frameType >= 0 && isAscii(connectionId);

const isPlainTime = (ms: bigint): boolean => ms > 0n && ms <= Number.MAX_SAFE_INTEGER;

/** As this side sends them: nothing but a time. */
const isPlainHeartbeat = (value: HeartbeatRequest | HeartbeatResponse): boolean =>
  value.$unknown === undefined &&
  value.gatewayId === "" &&
  isPlainTime(value.timestampMs) &&
  !("shouldReconnect" in value && value.shouldReconnect);

/** Writes into slabs that streams share. A slab is never written twice, so what waits in a socket stays as it is. */
export class MessageWriter {
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #from = 0;
  #at = 0;
  #full: Buffer[] = [];

  /** Appends one frame. Returns the length of its message. */
  append(message: StreamMessage): number {
    const { message: body } = message;
    if (body.case === "executeResponse" && body.value instanceof TextResponse && isPlainText(body.value))
      return this.#textResponse(body.value);
    if (body.case === "executeResponse" && message.$unknown === undefined && isPlain(body.value))
      return this.#response(body.value);
    if (body.case === "wsFrame" && message.$unknown === undefined && isPlainFrame(body.value))
      return this.#relayed(body.value);
    if (
      (body.case === "heartbeatRequest" || body.case === "heartbeatResponse") &&
      message.$unknown === undefined &&
      isPlainHeartbeat(body.value)
    )
      return this.#heartbeat(tag[body.case], Number(body.value.timestampMs));
    if (body.case === "registerRequest" && message.$unknown === undefined) {
      const sizes = new RegisterSizes(body.value);
      const length = sizes.message;
      if (length !== undefined) return this.#register(body.value, sizes, length);
    }
    const bytes = toBinary(StreamMessageSchema, message);
    this.#room(headBytes + bytes.length);
    this.#head(bytes.length);
    this.#raw(bytes);
    return bytes.length;
  }

  /** Everything appended since the last call, as few chunks as possible (mostly one). */
  take(): Buffer[] {
    this.#cut();
    const chunks = this.#full;
    this.#full = [];
    return chunks;
  }

  #response(response: ExecuteResponse): number {
    const { requestId, payload, error, success, payloadEncoding } = response;
    const durationMs = Number(response.durationMs);
    const inner =
      fieldSize(requestId.length) +
      (success ? 2 : 0) +
      fieldSize(payload.length) +
      numberSize(payloadEncoding) +
      fieldSize(error.length) +
      numberSize(durationMs);
    const length = 1 + varintSize(inner) + inner;
    this.#room(envelopeBytes + requestId.length + payload.length + error.length);
    this.#head(length);
    this.#number(tag.executeResponse, inner);
    if (requestId !== "") this.#text(tag.requestId, requestId);
    if (success) this.#number(tag.success, 1);
    if (payload.length > 0) {
      this.#number(tag.payload, payload.length);
      this.#raw(payload);
    }
    if (payloadEncoding !== 0) this.#number(tag.payloadEncoding, payloadEncoding);
    if (error !== "") this.#text(tag.error, error);
    if (durationMs !== 0) this.#number(tag.durationMs, durationMs);
    return length;
  }

  #textResponse({ requestId, text, payloadBytes, payloadEncoding, ms }: TextResponse): number {
    const inner =
      fieldSize(requestId.length) +
      2 +
      fieldSize(payloadBytes) +
      numberSize(payloadEncoding) +
      numberSize(ms);
    const length = 1 + varintSize(inner) + inner;
    this.#room(envelopeBytes + requestId.length + payloadBytes);
    this.#head(length);
    this.#number(tag.executeResponse, inner);
    if (requestId !== "") this.#text(tag.requestId, requestId);
    this.#number(tag.success, 1);
    this.#number(tag.payload, payloadBytes);
    if (payloadBytes === text.length) writeLatin1(this.#slab, text, this.#at);
    else this.#slab.write(text, this.#at, "utf8");
    this.#at += payloadBytes;
    this.#number(tag.payloadEncoding, payloadEncoding);
    if (ms !== 0) this.#number(tag.durationMs, ms);
    return length;
  }

  #relayed({ connectionId, frameType, data }: WebSocketFrame): number {
    const inner = fieldSize(connectionId.length) + numberSize(frameType) + fieldSize(data.length);
    const length = 1 + varintSize(inner) + inner;
    this.#room(headBytes + length);
    this.#head(length);
    this.#number(tag.wsFrame, inner);
    if (connectionId !== "") this.#text(tag.connectionId, connectionId);
    if (frameType !== 0) this.#number(tag.frameType, frameType);
    if (data.length > 0) {
      this.#number(tag.data, data.length);
      this.#raw(data);
    }
    return length;
  }

  #heartbeat(fieldTag: number, timestampMs: number): number {
    const inner = 1 + longVarintSize(timestampMs);
    const length = 1 + varintSize(inner) + inner;
    this.#room(headBytes + length);
    this.#head(length);
    this.#number(fieldTag, inner);
    this.#slab[this.#at++] = tag.timestampMs;
    let rest = timestampMs;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#slab[this.#at++] = (rest % 128) | 0x80;
    this.#slab[this.#at++] = rest;
    return length;
  }

  #register(request: RegisterConnectorRequest, sizes: RegisterSizes, length: number): number {
    this.#room(headBytes + length);
    this.#head(length);
    this.#at = writeRegister(this.#slab, this.#at, request, sizes);
    return length;
  }

  /** Makes sure that so many bytes fit in one piece. */
  #room(bytes: number): void {
    if (this.#slab.length - this.#at >= bytes) return;
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    this.#from = 0;
    this.#at = 0;
  }

  #cut(): void {
    if (this.#at > this.#from) this.#full.push(this.#slab.subarray(this.#from, this.#at));
    this.#from = this.#at;
  }

  #head(length: number): void {
    this.#slab[this.#at] = 0;
    this.#slab.writeUInt32BE(length, this.#at + 1);
    this.#at += headBytes;
  }

  #raw(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A tag and a varint: a number, or the length of what follows. */
  #number(fieldTag: number, value: number): void {
    const slab = this.#slab;
    slab[this.#at++] = fieldTag;
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) slab[this.#at++] = (rest & 0x7f) | 0x80;
    slab[this.#at++] = rest;
  }

  #text(fieldTag: number, text: string): void {
    this.#number(fieldTag, text.length);
    writeLatin1(this.#slab, text, this.#at);
    this.#at += text.length;
  }
}

const alone = new MessageWriter();

/** The bytes of one message, without a head. */
export function encodeStreamMessage(message: StreamMessage): Uint8Array {
  alone.append(message);
  const [frame] = alone.take();
  return frame ? frame.subarray(headBytes) : new Uint8Array();
}
