/** What a connector's answer to an invocation means: its value, or its failure as the error that the caller gets. */
import { decodedAnswer } from "../connectors/encodings/decoded-answer.js";
import { MooringError } from "../errors.js";
import type { InvokeCapabilityResponse } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../is-object.js";

const prefix = "Invoke failed: ";

/** The words are the other's, whole: they are for the handler that asked, and no log has them. */
export function invokeFailed(words: string, toolCode?: string): MooringError {
  const message = words.startsWith(prefix) ? words : `${prefix}${words}`;
  return new MooringError("INVOKE_FAILED", message, toolCode === undefined ? {} : { toolCode });
}

/** What the other has returned. */
const decodedValue = ({ payload, payloadEncoding }: InvokeCapabilityResponse): unknown =>
  payload.length === 0 ? {} : decodedAnswer(payload, payloadEncoding);

/** The body of a failure may be anything, and the failure is told by its text then. */
function bodyOf(response: InvokeCapabilityResponse): unknown {
  try {
    return decodedValue(response);
  } catch {
    return undefined;
  }
}

const inText = /^(?:Invoke failed: )?\[([^\]\s]{1,64})\] tool '/;

/** The code of a tool's error: of the failure's body, else of its text (docs/protocol.md, "Error texts"). */
function toolCodeOf(body: unknown, words: string): string | undefined {
  const { code, error_code: errorCode = code } = isObject(body) ? body : {};
  if (typeof errorCode === "string" && errorCode !== "") return errorCode;
  return inText.exec(words)?.[1];
}

function failure(words: unknown, body: unknown): MooringError {
  const text = typeof words === "string" && words !== "" ? words : "the other connector failed";
  return invokeFailed(text, toolCodeOf(body, text));
}

/** The answer, or the other's failure, which is thrown, also where an answer that counts as success has one (docs/protocol.md, "Executing"). */
export function outcome(response: InvokeCapabilityResponse): unknown {
  if (!response.success) throw failure(response.error, bodyOf(response));
  const value = decodedValue(response);
  if (isObject(value) && value.success === false && "error" in value) throw failure(value.error, value);
  return value;
}
