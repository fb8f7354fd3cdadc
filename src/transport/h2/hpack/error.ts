/**
 * A header block that is not HPACK, or asks for more than was announced. What both sides have in their tables
 * may differ from here on, so the connection is over (COMPRESSION_ERROR).
 */
export class HpackError extends Error {
  override readonly name = "HpackError";
}
