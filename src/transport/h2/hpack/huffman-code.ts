/**
 * HPACK's Huffman code (RFC 7541, appendix B). It is canonical: codes of one length count up in the order of
 * their symbols, and a longer length goes on where the shorter one ended. So the lengths say everything.
 */

/** The end of a string, which no string may contain. */
export const endOfString = 256;

/** Bits of the code of each octet, 32 octets a line, and of the end of a string. */
const lengths =
  "13 23 28 28 28 28 28 28 28 24 30 28 28 30 28 28 28 28 28 28 28 28 30 28 28 28 28 28 28 28 28 28 " +
  "6 10 10 12 13 6 8 11 10 10 8 11 8 6 6 6 5 5 5 6 6 6 6 6 6 6 7 8 15 6 12 10 " +
  "13 6 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 7 8 7 8 13 19 13 14 6 " +
  "15 5 6 5 6 5 6 6 6 5 7 7 6 6 6 5 6 7 6 5 5 6 7 7 7 7 7 15 11 14 13 28 " +
  "20 22 20 20 22 22 22 23 22 23 23 23 23 23 24 23 24 24 22 23 24 23 23 23 23 21 22 23 22 23 23 24 " +
  "22 21 20 22 22 23 23 21 23 22 22 24 21 22 23 23 21 21 22 21 23 22 23 23 20 22 22 22 23 22 22 23 " +
  "26 26 20 19 22 23 22 25 26 26 26 27 27 26 24 25 19 21 26 27 27 26 27 24 21 21 26 26 28 27 27 27 " +
  "20 24 20 21 22 21 21 23 22 22 25 25 24 24 26 23 26 27 26 26 27 27 27 27 27 28 27 27 27 27 27 26 " +
  "30";

/** One symbol's code: the `length` low bits of `bits`, the highest first. */
export interface Code {
  readonly symbol: number;
  readonly bits: number;
  readonly length: number;
}

/** The codes of all symbols, in the order of the codes. */
export function huffmanCodes(): readonly Code[] {
  const symbols = lengths.split(" ").map((length, symbol) => ({ symbol, length: Number(length) }));
  symbols.sort((one, other) => one.length - other.length || one.symbol - other.symbol);
  let next = 0;
  let lengthBefore = 0;
  return symbols.map(({ symbol, length }) => {
    next <<= length - lengthBefore;
    lengthBefore = length;
    return { symbol, bits: next++, length };
  });
}
