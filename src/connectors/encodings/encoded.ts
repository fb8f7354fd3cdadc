/** Values of requests and answers in any encoding of the protocol (docs/kinds/encodings.md). */
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { encodePayload } from "../../protocol/encodings.js";
import { type ConnectorRequest, RawAnswer } from "../connector.js";
import { codecFailure, codecs } from "./codecs.js";

/** Which message a Protobuf payload holds. */
export interface CodecOptions<Schema extends DescMessage = DescMessage> {
  /** The schema of the message, as protoc-gen-es makes it; PROTOBUF needs it, others do not look at it. */
  readonly schema?: Schema;
}

/**
 * The value of a request, by its encoding: JSON values, the bytes themselves of RAW_BYTES, a list of JSON_LINES, a value of
 * MSGPACK, a message of PROTOBUF by its schema, a `Table` of apache-arrow of ARROW_IPC, a list of objects of PARQUET.
 *
 * Packages are loaded on first use: `msgpackr`, `apache-arrow`, `hyparquet`. Rejects with DESERIALIZATION_ERROR, and with
 * INVALID_CONFIG that says what to install.
 *
 * @example
 * ```ts
 * import { decoded, encoded, PayloadEncoding, requestResponseConnector } from "mooring";
 *
 * export const mirror = requestResponseConnector({
 *   type: "mirror",
 *   version: "1.0.0",
 *   supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.MSGPACK],
 *   execute: async (request) => encoded(await decoded(request), PayloadEncoding.MSGPACK),
 * });
 * ```
 */
export function decoded<Schema extends DescMessage>(
  request: Pick<ConnectorRequest, "bytes" | "encoding" | "json">,
  options: { readonly schema: Schema },
): Promise<MessageShape<Schema>>;
export function decoded(
  request: Pick<ConnectorRequest, "bytes" | "encoding" | "json">,
  options?: CodecOptions,
): Promise<unknown>;
export async function decoded(
  request: Pick<ConnectorRequest, "bytes" | "encoding" | "json">,
  { schema }: CodecOptions = {},
): Promise<unknown> {
  const { bytes, encoding } = request;
  if (encoding === PayloadEncoding.RAW_BYTES) return bytes;
  const codec = codecs[encoding];
  if (!codec) return request.json();
  try {
    return await codec.decode(bytes, schema);
  } catch (error) {
    throw codecFailure("DESERIALIZATION_ERROR", codec.name, error);
  }
}

/**
 * An answer in an encoding that the handler chooses: what {@link decoded} gives of a request, it takes for an answer; for
 * ARROW_IPC also a list of objects, for RAW_BYTES also a text. Rejects with SERIALIZATION_ERROR, and with INVALID_CONFIG
 * that says what to install (`msgpackr`, `apache-arrow`, `hyparquet-writer`).
 *
 * @example
 * ```ts
 * import { encoded, PayloadEncoding, requestResponseConnector } from "mooring";
 *
 * export const rows = requestResponseConnector({
 *   type: "rows",
 *   version: "1.0.0",
 *   execute: () => encoded([{ city: "Bern", people: 134_000 }], PayloadEncoding.PARQUET),
 * });
 * ```
 */
export async function encoded(
  value: unknown,
  encoding: PayloadEncoding,
  { schema }: CodecOptions = {},
): Promise<RawAnswer> {
  const codec = codecs[encoding];
  if (!codec) return new RawAnswer(encodePayload(value, encoding), encoding);
  try {
    return new RawAnswer(await codec.encode(value, schema), encoding);
  } catch (error) {
    throw codecFailure("SERIALIZATION_ERROR", codec.name, error);
  }
}
