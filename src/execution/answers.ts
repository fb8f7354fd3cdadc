/** The one answer to a request, as a stream message (docs/protocol.md, "Executing"). */
import { toBinary } from "@bufbuild/protobuf";
import { bytesOfWritten, tooLong, writtenResult } from "../connectors/encodings/encoded-result.js";
import { MooringError, textOf } from "../errors.js";
import {
  type ExecuteResponse,
  PayloadEncoding,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodeJson } from "../protocol/encodings.js";
import {
  answerEnvelopeBytes,
  bytesPerCharacter,
  defaultMaxMessageBytes,
  maxErrorText,
} from "../protocol/limits.js";
import { longestText, TextResponse } from "../protocol/text-response.js";

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
  return { message: messageOf(value), success, payloadBytes: payload.length };
}

const messageOf = (value: ExecuteResponse): StreamMessage => ({
  $typeName: "matrix.connectors.v1.StreamMessage",
  message: { case: "executeResponse", value },
});

/** A result whose JSON stays text; undefined for one that is long, or may be too long to travel. */
function textAnswer(request: Answerable, text: string, maxMessageBytes: number): Answer | undefined {
  const { requestId } = request;
  const atMost = answerEnvelopeBytes + bytesPerCharacter * (requestId.length + text.length);
  if (text.length > longestText || atMost > maxMessageBytes) return undefined;
  const value = new TextResponse(requestId, text, request.end());
  return { message: messageOf(value), success: true, payloadBytes: value.payloadBytes };
}

/** Whether a finished answer can travel. Encodes it only where its lengths do not tell. */
function fits({ message }: Answer, maxMessageBytes: number): boolean {
  const { value } = message.message as { readonly value: ExecuteResponse }; // as `answer` has made it
  const { requestId, payload, error } = value;
  const texts = requestId.length + error.length;
  const atMost = answerEnvelopeBytes + bytesPerCharacter * texts + payload.length;
  return atMost <= maxMessageBytes || toBinary(StreamMessageSchema, message).length <= maxMessageBytes;
}

const shortened = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, Math.max(0, length - 1))}…` : text;

function codeOf(error: unknown): string | undefined {
  try {
    return error instanceof MooringError && "toolCode" in error && typeof error.toolCode === "string"
      ? error.toolCode
      : undefined;
  } catch {
    return undefined; // a proxy that says nothing of itself
  }
}

function failure(requestId: string, text: string, code: string | undefined, ms: number): Answer {
  const payload = encodeJson({ error: text, success: false, ...(code ? { code } : {}) });
  return answer(requestId, false, payload, PayloadEncoding.JSON, text, ms);
}

/**
 * What a failed request says: the text, and with a tool's error code also that. As much of the text as a message
 * carries, and without what does not fit beside an empty one.
 */
export function failureAnswer(
  requestId: string,
  error: unknown,
  ms: number,
  maxMessageBytes = defaultMaxMessageBytes,
): Answer {
  const text = textOf(error, "The handler failed with a value that has no text.");
  const code = codeOf(error);
  for (let length = maxErrorText; length > 0; length = Math.floor(length / 2)) {
    const whole = failure(requestId, shortened(text, length), code, ms);
    if (fits(whole, maxMessageBytes)) return whole;
  }
  return answer(requestId, false, new Uint8Array(), PayloadEncoding.JSON, "failed", ms);
}

/** Whom a result answers. `end`: the result is ready; returns how many ms that took. */
export interface Answerable {
  readonly requestId: string;
  end(): number;
}

/**
 * A handler's result: a JSON value, or bytes in an encoding of its own. What cannot travel is a failure. To encode it
 * counts as the handler's time, so the clock is read once.
 */
export function resultAnswer(request: Answerable, result: unknown, maxMessageBytes: number): Answer {
  const { requestId } = request;
  try {
    const written = writtenResult(result, maxMessageBytes);
    const short = typeof written === "string" ? textAnswer(request, written, maxMessageBytes) : undefined;
    if (short) return short;
    const { bytes, encoding } = bytesOfWritten(written, maxMessageBytes);
    const whole = answer(requestId, true, bytes, encoding, "", request.end());
    if (fits(whole, maxMessageBytes)) return whole;
    // It would end the stream, and the next one too, because unconfirmed answers are sent again.
    throw tooLong(bytes.length, maxMessageBytes);
  } catch (error) {
    return failureAnswer(requestId, error, request.end(), maxMessageBytes);
  }
}
