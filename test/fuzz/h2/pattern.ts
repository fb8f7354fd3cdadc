/** What calls send: one piece of bytes again and again, so that what is missing, doubled or moved is seen. */

/** No call sends more in one go. */
export const longestSent = 50_000;

export class Pattern {
  readonly #period: number;
  readonly #bytes: Buffer;

  constructor(piece: Buffer) {
    this.#period = piece.length;
    this.#bytes = Buffer.alloc(longestSent + piece.length, piece);
  }

  /** What stands after the first `place` bytes. */
  from(place: number, bytes: number): Buffer {
    const start = place % this.#period;
    return this.#bytes.subarray(start, start + bytes);
  }

  /** Whether `bytes[from, to)` is that. */
  isAt(place: number, bytes: Buffer, from: number, to: number): boolean {
    return isAlike(this.#bytes, place % this.#period, bytes, from, to);
  }
}

/** What is shorter is compared faster here than by Node. */
const fewBytes = 64;

/** Whether `bytes[from, to)` stands in `whole` from `place` on. */
export function isAlike(whole: Buffer, place: number, bytes: Buffer, from: number, to: number): boolean {
  if (to - from > fewBytes) return bytes.compare(whole, place, place + to - from, from, to) === 0;
  for (let at = from; at < to; at++) if (bytes[at] !== whole[place + at - from]) return false;
  return true;
}
