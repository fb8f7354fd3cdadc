/** What a handler returns, as bytes: in its thread or in this one. */
import { MooringError } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodeJson } from "../../protocol/encodings.js";
import { RawAnswer } from "../connector.js";

export const tooLong = (bytes: number, maxMessageBytes: number): MooringError =>
  new MooringError(
    "SERIALIZATION_ERROR",
    `Serialization error: the result of ${bytes} bytes does not fit into a message of ${maxMessageBytes} bytes`,
  );

/** Bytes go as they are. */
function rawOf(result: unknown, maxMessageBytes: number): RawAnswer {
  if (result instanceof RawAnswer) return result;
  if (result instanceof Uint8Array) return new RawAnswer(result, PayloadEncoding.RAW_BYTES);
  // What is near the limit is told with its true size.
  return new RawAnswer(encodeJson(result, 2 * maxMessageBytes), PayloadEncoding.JSON);
}

/**
 * The bytes of a result and their encoding. Throws SERIALIZATION_ERROR for what cannot travel, and for what is far
 * longer than a message may be.
 */
export function encodedResult(result: unknown, maxMessageBytes: number): RawAnswer {
  const raw = rawOf(result, maxMessageBytes);
  if (!(raw.bytes instanceof Uint8Array))
    throw new MooringError("SERIALIZATION_ERROR", "Serialization error: a RawAnswer takes a Uint8Array");
  if (raw.bytes.length > 2 * maxMessageBytes) throw tooLong(raw.bytes.length, maxMessageBytes);
  return raw;
}
