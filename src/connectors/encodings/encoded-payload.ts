/** What a connector sends to another, as bytes. */
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodeJson } from "../../protocol/encodings.js";
import { RawAnswer } from "../connector.js";

/** Bytes go as they are; what is no bytes must be a JSON value. Throws SERIALIZATION_ERROR. */
export function encodedPayload(payload: unknown): RawAnswer {
  if (payload instanceof RawAnswer) return payload;
  if (payload instanceof Uint8Array) return new RawAnswer(payload, PayloadEncoding.RAW_BYTES);
  return new RawAnswer(encodeJson(payload ?? {}), PayloadEncoding.JSON);
}
