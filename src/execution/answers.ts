/** The one answer to a request, as a stream message (`protocol/connectors.md` §5.1, §5.3). */
import { RawAnswer } from "../connectors/connector.js";
import { MooringError, textOf } from "../errors.js";
import {
  type ExecuteResponse,
  PayloadEncoding,
  type StreamMessage,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodeJson } from "../protocol/encodings.js";

export interface Answer {
  readonly message: StreamMessage;
  readonly success: boolean;
  readonly payloadBytes: number;
}

/** What a message needs besides its payload: ids, lengths, framing. */
const envelopeBytes = 1_024;

/** An error text travels twice, so it must stay small. */
const maxErrorText = 8_192;

function answer(
  requestId: string,
  success: boolean,
  payload: Uint8Array,
  encoding: PayloadEncoding,
  error: string,
  ms: number,
): Answer {
  // Written out: `create` of Protobuf-ES, which makes the same, took a tenth of the time of a request.
  const value: ExecuteResponse = {
    $typeName: "matrix.connectors.v1.ExecuteResponse",
    requestId,
    success,
    payload,
    payloadEncoding: encoding,
    error,
    durationMs: ms < 1 ? 0n : BigInt(Math.trunc(ms)),
  };
  const message: StreamMessage = {
    $typeName: "matrix.connectors.v1.StreamMessage",
    message: { case: "executeResponse", value },
  };
  return { message, success, payloadBytes: payload.length };
}

function shortText(error: unknown): string {
  const text = textOf(error, "The handler failed with a value that has no text.");
  return text.length > maxErrorText ? `${text.slice(0, maxErrorText - 1)}…` : text;
}

function codeOf(error: unknown): string | undefined {
  try {
    return error instanceof MooringError && "toolCode" in error && typeof error.toolCode === "string"
      ? error.toolCode
      : undefined;
  } catch {
    return undefined; // a proxy that says nothing of itself
  }
}

/** What a failed request says: the text, and with a tool's error code also that. */
export function failureAnswer(requestId: string, error: unknown, ms: number): Answer {
  const text = shortText(error);
  const code = codeOf(error);
  const payload = encodeJson({ error: text, success: false, ...(code ? { code } : {}) });
  return answer(requestId, false, payload, PayloadEncoding.JSON, text, ms);
}

/** The bytes of a result and their encoding. Throws SERIALIZATION_ERROR for what cannot travel. */
function encoded(result: unknown, maxMessageBytes: number): RawAnswer {
  // What is near the limit is told with its true size.
  const raw =
    result instanceof RawAnswer
      ? result
      : new RawAnswer(encodeJson(result, 2 * maxMessageBytes), PayloadEncoding.JSON);
  if (!(raw.bytes instanceof Uint8Array))
    throw new MooringError("SERIALIZATION_ERROR", "Serialization error: a RawAnswer takes a Uint8Array");
  if (raw.bytes.length + envelopeBytes > maxMessageBytes) {
    // It would end the stream, and the next one too, because unconfirmed answers are sent again.
    throw new MooringError(
      "SERIALIZATION_ERROR",
      `Serialization error: the result of ${raw.bytes.length} bytes does not fit into a message of ${maxMessageBytes} bytes`,
    );
  }
  return raw;
}

/** A handler's result: a JSON value, or bytes in an encoding of its own. What cannot travel is a failure. */
export function resultAnswer(
  requestId: string,
  result: unknown,
  ms: number,
  maxMessageBytes: number,
): Answer {
  try {
    const { bytes, encoding } = encoded(result, maxMessageBytes);
    return answer(requestId, true, bytes, encoding, "", ms);
  } catch (error) {
    return failureAnswer(requestId, error, ms);
  }
}
