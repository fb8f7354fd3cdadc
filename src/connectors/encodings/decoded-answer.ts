/** An answer as a program takes it. */
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { decodePayload } from "../../protocol/encodings.js";
import { RawAnswer } from "../connector.js";

/** A JSON value, bytes of RAW_BYTES, else a `RawAnswer`. Throws DESERIALIZATION_ERROR. */
export function decodedAnswer(bytes: Uint8Array, encoding: PayloadEncoding): unknown {
  switch (encoding) {
    case PayloadEncoding.JSON:
    case PayloadEncoding.JSON_LINES:
    case PayloadEncoding.PAYLOAD_ENCODING_UNSPECIFIED:
      return decodePayload(bytes, encoding);
    case PayloadEncoding.RAW_BYTES:
      return new Uint8Array(bytes);
    default:
      return new RawAnswer(new Uint8Array(bytes), encoding);
  }
}
