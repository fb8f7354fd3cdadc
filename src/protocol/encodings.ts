/** How bytes become values and back, with the texts of errors (docs/protocol.md, "Encodings" and "Error texts"). */
import { MooringError, textOf } from "../errors.js";
import { type ExecuteRequest, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isTooDeep, maxJsonDepth } from "./json-depth.js";
import { jsonText } from "./json-form.js";
import { ReceivedRequest } from "./received-request.js";
import { textOfUtf8, utf8Of } from "./utf8.js";

const encoder = new TextEncoder();

/** Half of a surrogate pair has no bytes: the encoder would put a sign of replacement in its place without a word. */
const halfCharacter = /\p{Cs}/u;

function wholeBytesOf(text: string): Uint8Array {
  const at = text.search(halfCharacter);
  if (at < 0) return encoder.encode(text);
  throw unencodable(
    `RAW_BYTES encoding: the text has half a character (a lone surrogate) at position ${at}; return bytes, or text.toWellFormed()`,
  );
}

const names: Readonly<Record<number, string>> = {
  [PayloadEncoding.PAYLOAD_ENCODING_UNSPECIFIED]: "Unspecified",
  [PayloadEncoding.JSON]: "Json",
  [PayloadEncoding.RAW_BYTES]: "RawBytes",
  [PayloadEncoding.JSON_LINES]: "JsonLines",
  [PayloadEncoding.ARROW_IPC]: "ArrowIpc",
  [PayloadEncoding.PROTOBUF]: "Protobuf",
  [PayloadEncoding.MSGPACK]: "Msgpack",
  [PayloadEncoding.PARQUET]: "Parquet",
};

const undecodable = (what: string, why: string): MooringError =>
  new MooringError("DESERIALIZATION_ERROR", `Deserialization error: ${what}: ${why}`);

const unencodable = (what: string): MooringError =>
  new MooringError("SERIALIZATION_ERROR", `Serialization error: ${what}`);

const unsupported = (encoding: PayloadEncoding): MooringError =>
  new MooringError(
    "UNSUPPORTED_ENCODING",
    `Unsupported encoding: Encoding ${names[encoding] ?? String(encoding)} not yet implemented`,
  );

/** Of a request in an encoding that its connector has not declared; names those that it has. */
export function undeclared(encoding: PayloadEncoding, declared: readonly PayloadEncoding[]): MooringError {
  const { code, message } = unsupported(encoding);
  const known = declared.map((one) => names[one] ?? String(one)).join(", ");
  return new MooringError(code, `${message} by this connector, which takes ${known}`);
}

const notUtf8 = (what: string): MooringError => undecodable(what, "invalid UTF-8");

function textIn(bytes: Uint8Array, what: string): string {
  try {
    return textOfUtf8(bytes);
  } catch {
    throw notUtf8(what);
  }
}

/** Where JSON went wrong. The engine's own words quote the payload, which must not reach logs. */
function jsonFault(text: string, error: unknown): string {
  if (text.trim() === "") return "the payload is empty";
  const position = /at position \d+/.exec(textOf(error));
  return position ? `invalid JSON ${position[0]}` : "invalid JSON";
}

/** Checked before it is parsed: each level costs hundreds of times the memory of its two bytes. */
function shallow(bytes: Uint8Array, what: string): Uint8Array {
  if (isTooDeep(bytes)) throw undecodable(what, `nested deeper than ${maxJsonDepth} levels`);
  return bytes;
}

function parse(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw undecodable(what, jsonFault(text, error));
  }
}

const inJson = "JSON deserialization failed";

/** The value in a payload. UNSPECIFIED counts as JSON. Throws DESERIALIZATION_ERROR or UNSUPPORTED_ENCODING. */
export function decodePayload(bytes: Uint8Array, encoding: PayloadEncoding): unknown {
  switch (encoding) {
    case PayloadEncoding.JSON:
    case PayloadEncoding.PAYLOAD_ENCODING_UNSPECIFIED:
      return parse(textIn(shallow(bytes, inJson), inJson), inJson);
    case PayloadEncoding.RAW_BYTES:
      return parse(
        textIn(shallow(bytes, "Failed to parse raw bytes as JSON"), "Failed to convert raw bytes to string"),
        "Failed to parse raw bytes as JSON",
      );
    case PayloadEncoding.JSON_LINES:
      return textIn(shallow(bytes, "Failed to parse JSON Lines"), "Failed to parse JSON Lines as UTF-8")
        .split(/\r?\n/)
        .filter((line) => line.trim() !== "")
        .map((line) => parse(line, "Failed to parse JSON Lines"));
    default:
      throw unsupported(encoding);
  }
}

/** Short JSON, read where it lies. */
function parseShort(request: ReceivedRequest): unknown {
  let text: string;
  try {
    text = request.text();
  } catch {
    throw notUtf8(inJson);
  }
  return parse(text, inJson);
}

/** The value in a request's payload, as {@link decodePayload} has it, and with its errors. */
export function decodeRequest(request: ExecuteRequest): unknown {
  const { payloadEncoding } = request;
  const isJson =
    payloadEncoding === PayloadEncoding.JSON ||
    payloadEncoding === PayloadEncoding.PAYLOAD_ENCODING_UNSPECIFIED;
  // Shorter than the depth that nobody may reach, it need not be looked through for that.
  if (isJson && request instanceof ReceivedRequest && request.payloadBytes <= maxJsonDepth)
    return parseShort(request);
  return decodePayload(request.payload, payloadEncoding);
}

/**
 * Compact JSON. Throws SERIALIZATION_ERROR that names the path to what JSON cannot hold, and for what would be longer
 * than `maxBytes`.
 */
export function writeJson(value: unknown, maxBytes?: number): string {
  try {
    return jsonText(value, maxBytes);
  } catch (error) {
    throw unencodable(`JSON serialization failed: ${textOf(error)}`);
  }
}

/** The bytes of the same. */
export const encodeJson = (value: unknown, maxBytes?: number): Uint8Array =>
  utf8Of(writeJson(value, maxBytes));

/** A value in any encoding that can be written, in memory of its own: programs get it. Throws SERIALIZATION_ERROR or UNSUPPORTED_ENCODING. */
export function encodePayload(value: unknown, encoding: PayloadEncoding): Uint8Array {
  switch (encoding) {
    case PayloadEncoding.JSON:
      return new Uint8Array(encodeJson(value));
    case PayloadEncoding.RAW_BYTES:
      if (value instanceof Uint8Array) return value;
      if (typeof value === "string") return wholeBytesOf(value);
      throw unencodable("RAW_BYTES encoding requires string or bytes");
    case PayloadEncoding.JSON_LINES: {
      if (!Array.isArray(value)) throw unencodable("JSON_LINES requires array");
      return encoder.encode(value.map((item) => textOfUtf8(encodeJson(item))).join("\n"));
    }
    default:
      // Whoever has bytes has encoded them.
      if (value instanceof Uint8Array) return value;
      throw unsupported(encoding);
  }
}
