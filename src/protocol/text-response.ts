/**
 * A result as short JSON that is still text. Most answers are, and go from here straight into the memory that is written
 * to the wire: bytes of its own would be one more object and one more copy.
 */
import { type ExecuteResponse, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { utf8Of } from "./utf8.js";

/** Characters. A longer text is better kept as bytes, which lie outside of V8's heap while they are unconfirmed. */
export const longestText = 4 * 1024;

export class TextResponse implements ExecuteResponse {
  readonly $typeName = "matrix.connectors.v1.ExecuteResponse";
  readonly requestId: string;
  readonly success = true;
  readonly payloadEncoding = PayloadEncoding.JSON;
  readonly error = "";
  /** Never empty. */
  readonly text: string;
  /** Of the text as UTF-8. */
  readonly payloadBytes: number;
  /** Whole milliseconds. */
  readonly ms: number;

  constructor(requestId: string, text: string, ms: number) {
    this.requestId = requestId;
    this.text = text;
    this.payloadBytes = Buffer.byteLength(text);
    this.ms = Math.trunc(ms);
  }

  get payload(): Uint8Array {
    return utf8Of(this.text);
  }

  get durationMs(): bigint {
    return BigInt(this.ms);
  }
}

/** Bytes of a response's payload, without making them. */
export const payloadBytesOf = (response: ExecuteResponse): number =>
  response instanceof TextResponse ? response.payloadBytes : response.payload.length;
