/**
 * Text from UTF-8 and back, exactly as `TextDecoder` (fatal) and `TextEncoder` have it, in a third of their time: Node's
 * own reading of a Buffer puts U+FFFD where bytes are wrong, so only what has one needs the decoder's judgement.
 */

const decoder = new TextDecoder("utf-8", { fatal: true });

const replacement = "\uFFFD";
/** The decoder leaves out one that a text begins with. */
const byteOrderMark = 0xfeff;

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The text in `bytes[from, to)`. Throws for bytes that are no UTF-8. */
export function textInUtf8(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString("utf8", from, to);
  return text.charCodeAt(0) === byteOrderMark || text.includes(replacement)
    ? decoder.decode(bytes.subarray(from, to))
    : text;
}

/** The same of all bytes. */
export const textOfUtf8 = (bytes: Uint8Array): string => textInUtf8(asBuffer(bytes), 0, bytes.length);

/**
 * The bytes of a text, half characters as U+FFFD. A short one lies in memory that others share: whoever posts it to a
 * thread copies it first, or all of that memory goes along.
 */
export const utf8Of = (text: string): Uint8Array => Buffer.from(text, "utf8");
