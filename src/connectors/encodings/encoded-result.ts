/** What a handler returns, as bytes: in its thread or in this one. */
import { MooringError } from "../../errors.js";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { writeJson } from "../../protocol/encodings.js";
import { utf8Of } from "../../protocol/utf8.js";
import { RawAnswer } from "../connector.js";

export const tooLong = (bytes: number, maxMessageBytes: number): MooringError =>
  new MooringError(
    "SERIALIZATION_ERROR",
    `Serialization error: the result of ${bytes} bytes does not fit into a message of ${maxMessageBytes} bytes`,
  );

/** Bytes go as they are. */
function rawOf(result: unknown): RawAnswer | undefined {
  if (result instanceof RawAnswer) return result;
  return result instanceof Uint8Array ? new RawAnswer(result, PayloadEncoding.RAW_BYTES) : undefined;
}

function checked(raw: RawAnswer, maxMessageBytes: number): RawAnswer {
  if (!(raw.bytes instanceof Uint8Array))
    throw new MooringError("SERIALIZATION_ERROR", "Serialization error: a RawAnswer takes a Uint8Array");
  if (raw.bytes.length > 2 * maxMessageBytes) throw tooLong(raw.bytes.length, maxMessageBytes);
  return raw;
}

/**
 * A result as the text of its JSON, or as its bytes and their encoding. Throws SERIALIZATION_ERROR for what cannot
 * travel, and for what is far longer than a message may be.
 */
export function writtenResult(result: unknown, maxMessageBytes: number): RawAnswer | string {
  const raw = rawOf(result);
  // What is near the limit is told with its true size.
  return raw ? checked(raw, maxMessageBytes) : writeJson(result, 2 * maxMessageBytes);
}

/** The bytes of a written result. Throws SERIALIZATION_ERROR as above. */
export const bytesOfWritten = (written: RawAnswer | string, maxMessageBytes: number): RawAnswer =>
  typeof written === "string"
    ? checked(new RawAnswer(utf8Of(written), PayloadEncoding.JSON), maxMessageBytes)
    : written;

/** The bytes of a result and their encoding. Throws as the two above. */
export const encodedResult = (result: unknown, maxMessageBytes: number): RawAnswer =>
  bytesOfWritten(writtenResult(result, maxMessageBytes), maxMessageBytes);
