/** How deeply JSON is nested, found in its bytes, so that what is nested beyond measure need not be parsed. */

/** Nobody nests deeper on purpose, and whoever walks a deeper value overflows the stack. */
export const maxJsonDepth = 10_000;

/** Deeper values are not taken as arguments or results: it would end in a stack overflow somewhere. */
export const maxValueDepth = 1_000;

const quote = 0x22;
const backslash = 0x5c;
/** `[` and `{`, `]` and `}` differ by one bit each. */
const caseBit = 0x20;
const opening = 0x7b;
const closing = 0x7d;

/** Where the text that begins behind a quote ends. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    at = bytes.indexOf(quote, at);
    if (at < 0) return bytes.length;
    let escapes = 0;
    while (bytes[at - 1 - escapes] === backslash) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
}

/** Brackets in texts do not count. What is no JSON may give either answer: the parser refuses it. */
export function isTooDeep(bytes: Uint8Array, most = maxJsonDepth): boolean {
  // Each level takes a byte.
  if (bytes.length <= most) return false;
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfText(bytes, at + 1);
    else if ((byte | caseBit) === opening) depth += 1;
    else if ((byte | caseBit) === closing) depth -= 1;
    if (depth > most) return true;
  }
  return false;
}
