import fc from "fast-check";
import { PayloadEncoding } from "mooring";
import { describe, expect, it } from "vitest";
import { decodePayload, encodeJson, encodePayload } from "../../src/protocol/encodings.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const {
  JSON: json,
  RAW_BYTES: raw,
  JSON_LINES: lines,
  PAYLOAD_ENCODING_UNSPECIFIED: unspecified,
} = PayloadEncoding;

describe("payload encodings", () => {
  it("[C16 #21] [T12.3 I2] have the numbers of the contract", () => {
    expect([
      unspecified,
      json,
      raw,
      PayloadEncoding.ARROW_IPC,
      lines,
      PayloadEncoding.PROTOBUF,
      PayloadEncoding.MSGPACK,
      PayloadEncoding.PARQUET,
    ]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("[C14 #26] [C16 #21] [T12.3 I3] round-trip any JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const once = JSON.parse(JSON.stringify(value));
        expect(decodePayload(encodeJson(value), json)).toEqual(once);
        expect(decodePayload(encodePayload([value, value], lines), lines)).toEqual([once, once]);
      }),
    );
  });

  it("read UNSPECIFIED as JSON, raw bytes as JSON text, and JSON lines with empty ones skipped", () => {
    expect(decodePayload(bytes("[1]"), unspecified)).toEqual([1]);
    expect(decodePayload(bytes('"x"'), raw)).toBe("x");
    expect(decodePayload(bytes('1\n\n{"a":2}\r\n'), lines)).toEqual([1, { a: 2 }]);
  });

  it.each([
    ["", json, "Deserialization error: JSON deserialization failed: "],
    ["{", raw, "Deserialization error: Failed to parse raw bytes as JSON: "],
    ["1\n{", lines, "Deserialization error: Failed to parse JSON Lines: "],
  ])("fail for %j in the text of the contract", (text, encoding, error) => {
    expect(() => decodePayload(bytes(text), encoding)).toThrow(error);
  });

  it.each([
    ["\ud800", 0],
    ["ab\udc00c", 2],
    ["\u{1f600}\ud83d", 2],
  ])("refuse a text with half a character in it, which bytes cannot hold: %j", (text, at) => {
    expect(() => encodePayload(text, raw)).toThrow(
      `Serialization error: RAW_BYTES encoding: the text has half a character (a lone surrogate) at position ${at}; return bytes, or text.toWellFormed()`,
    );
    expect(JSON.parse(new TextDecoder().decode(encodePayload(text, json)))).toBe(text);
  });

  it("write a text of whole characters as it is", () => {
    for (const text of ["", "\u{1f600}\ufffd", "x".repeat(100)])
      expect(new TextDecoder().decode(encodePayload(text, raw))).toBe(text);
  });

  it("fail for bytes that are no text, and for encodings that are not there", () => {
    expect(() => decodePayload(new Uint8Array([255]), raw)).toThrow(
      "Deserialization error: Failed to convert raw bytes to string: ",
    );
    expect(() => decodePayload(bytes("1"), PayloadEncoding.MSGPACK)).toThrow(
      "Unsupported encoding: Encoding Msgpack not yet implemented",
    );
    expect(() => encodePayload(1, raw)).toThrow(
      "Serialization error: RAW_BYTES encoding requires string or bytes",
    );
    expect(() => encodePayload(1, lines)).toThrow("Serialization error: JSON_LINES requires array");
    expect(() => encodeJson(1n)).toThrow("Serialization error: JSON serialization failed: ");
  });
});
