/**
 * Text of one byte a character, in and out of a Buffer by the methods that lie behind its `write` and `toString`: to
 * sort out their arguments costs those as much as a short text does. Node does not document them, so the documented ones
 * stand in where they are missing.
 */

interface Direct {
  latin1Slice(from: number, to: number): string;
  latin1Write(text: string, at: number, length: number): number;
}

const isDirect = "latin1Slice" in Buffer.prototype && "latin1Write" in Buffer.prototype;

const direct = (bytes: Buffer): Direct => bytes as Buffer & Direct;

/** The text in `bytes[from, to)`. */
export const latin1In: (bytes: Buffer, from: number, to: number) => string = isDirect
  ? (bytes, from, to) => direct(bytes).latin1Slice(from, to)
  : (bytes, from, to) => bytes.toString("latin1", from, to);

/** Writes a text at a place where there is room for it. */
export const writeLatin1: (bytes: Buffer, text: string, at: number) => void = isDirect
  ? (bytes, text, at) => void direct(bytes).latin1Write(text, at, text.length)
  : (bytes, text, at) => void bytes.write(text, at, "latin1");
