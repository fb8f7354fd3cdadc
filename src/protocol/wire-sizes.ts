/** How many bytes fields take on the wire, for those who write messages by hand. */

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) size += 1;
  return size;
}

/** Of a length-delimited field whose number is below 16; an empty one is left out. */
export const fieldSize = (length: number): number => (length === 0 ? 0 : 1 + varintSize(length) + length);

/** The same of a number. */
export const numberSize = (value: number): number => (value === 0 ? 0 : 1 + varintSize(value));

/** One character is one byte then. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) >= 0x80) return false;
  return true;
}
