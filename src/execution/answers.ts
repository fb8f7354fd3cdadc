/** The one answer to a request, as a stream message (`protocol/connectors.md` §5.1, §5.3). */
import { create } from "@bufbuild/protobuf";
import { RawAnswer } from "../connectors/connector.js";
import {
  ExecuteResponseSchema,
  PayloadEncoding,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodeJson } from "../protocol/encodings.js";

export interface Answer {
  readonly message: StreamMessage;
  readonly success: boolean;
  readonly payloadBytes: number;
}

function answer(
  requestId: string,
  success: boolean,
  payload: Uint8Array,
  encoding: PayloadEncoding,
  error: string,
  ms: number,
): Answer {
  const value = create(ExecuteResponseSchema, {
    requestId,
    success,
    payload,
    payloadEncoding: encoding,
    error,
    durationMs: BigInt(Math.max(0, Math.trunc(ms))),
  });
  const message = create(StreamMessageSchema, { message: { case: "executeResponse", value } });
  return { message, success, payloadBytes: payload.length };
}

/** What a failed request says: the text, and with an error code of the handler's also that. */
export function failureAnswer(requestId: string, error: unknown, ms: number): Answer {
  const text = error instanceof Error ? error.message || error.name : String(error);
  const toolCode =
    error instanceof Error && "toolCode" in error && typeof error.toolCode === "string"
      ? error.toolCode
      : undefined;
  const payload = encodeJson({ error: text, success: false, ...(toolCode ? { code: toolCode } : {}) });
  return answer(requestId, false, payload, PayloadEncoding.JSON, text, ms);
}

/** A handler's result: a JSON value, or bytes in an encoding of its own. What cannot be encoded is a failure. */
export function resultAnswer(requestId: string, result: unknown, ms: number): Answer {
  try {
    if (result instanceof RawAnswer) return answer(requestId, true, result.bytes, result.encoding, "", ms);
    return answer(requestId, true, encodeJson(result), PayloadEncoding.JSON, "", ms);
  } catch (error) {
    return failureAnswer(requestId, error, ms);
  }
}
