/**
 * Base64 straight from bytes to bytes, without a text between: what a WebSocket carries of a message. Node's own way
 * makes a string of each, and reads past what is no base64.
 */
const letters = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", "latin1");
const pad = 0x3d;
/** What is none of the letters has a bit that no value has. */
const none = 0x80;

const values = new Uint8Array(256).fill(none);
for (const [value, letter] of letters.entries()) values[letter] = value;

/** Letters of so many bytes. */
export const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/**
 * Writes the letters of `bytes` from `at` on, each with the byte of the mask for its place; a WebSocket's client masks
 * what it sends. `mask` has four bytes, the first of them for the place `at`.
 */
export function writeMaskedBase64(bytes: Uint8Array, into: Uint8Array, at: number, mask: Uint8Array): number {
  const m0 = mask[0] as number;
  const m1 = mask[1] as number;
  const m2 = mask[2] as number;
  const m3 = mask[3] as number;
  const whole = bytes.length - (bytes.length % 3);
  let to = at;
  let from = 0;
  for (; from < whole; from += 3) {
    const a = bytes[from] as number;
    const b = bytes[from + 1] as number;
    const c = bytes[from + 2] as number;
    into[to] = (letters[a >> 2] as number) ^ m0;
    into[to + 1] = (letters[((a & 3) << 4) | (b >> 4)] as number) ^ m1;
    into[to + 2] = (letters[((b & 15) << 2) | (c >> 6)] as number) ^ m2;
    into[to + 3] = (letters[c & 63] as number) ^ m3;
    to += 4;
  }
  if (from === bytes.length) return to;
  const a = bytes[from] as number;
  const b = bytes[from + 1];
  into[to] = (letters[a >> 2] as number) ^ m0;
  into[to + 1] = (letters[((a & 3) << 4) | ((b ?? 0) >> 4)] as number) ^ m1;
  into[to + 2] = (b === undefined ? pad : (letters[(b & 15) << 2] as number)) ^ m2;
  into[to + 3] = pad ^ m3;
  return to + 4;
}

/** The bytes of the letters in `text[from, to)`; undefined when there is anything else in it. */
export function readBase64(text: Uint8Array, from: number, to: number): Buffer | undefined {
  const length = to - from;
  if (length % 4 !== 0) return undefined;
  if (length === 0) return Buffer.alloc(0);
  const pads = text[to - 1] !== pad ? 0 : text[to - 2] !== pad ? 1 : 2;
  const bytes = Buffer.allocUnsafe((length / 4) * 3 - pads);
  const whole = pads === 0 ? to : to - 4;
  let seen = 0;
  let at = 0;
  for (let i = from; i < whole; i += 4) {
    const a = values[text[i] as number] as number;
    const b = values[text[i + 1] as number] as number;
    const c = values[text[i + 2] as number] as number;
    const d = values[text[i + 3] as number] as number;
    seen |= a | b | c | d;
    bytes[at] = (a << 2) | (b >> 4);
    bytes[at + 1] = (b << 4) | (c >> 2);
    bytes[at + 2] = (c << 6) | d;
    at += 3;
  }
  if (pads > 0) {
    const a = values[text[whole] as number] as number;
    const b = values[text[whole + 1] as number] as number;
    const c = pads === 2 ? 0 : (values[text[whole + 2] as number] as number);
    seen |= a | b | c;
    bytes[at] = (a << 2) | (b >> 4);
    if (pads === 1) bytes[at + 1] = (b << 4) | (c >> 2);
  }
  return (seen & none) === 0 ? bytes : undefined;
}
