/** Reads integers and strings of a header block (RFC 7541, section 5). */
import { HpackError } from "./error.js";
import { readHuffman } from "./huffman.js";

const none = Buffer.alloc(0);
/** An integer may go on for so many octets: 28 bits are far above every length, index and size that can be meant. */
const mostContinuations = 4;

export class BlockReader {
  #bytes: Buffer = none;
  #at = 0;
  #end = 0;

  /** Begins with the block `bytes[start, end)`. */
  begin(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Forgets the block: its memory may be large, and is not this reader's. */
  finish(): void {
    this.#bytes = none;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  /** The octet that comes next, which stays the next. There must be one. */
  get peek(): number {
    return this.#bytes[this.#at] as number;
  }

  /** An integer in the low `prefixBits` of the next octet, and those after it when it is larger. */
  integer(prefixBits: number): number {
    const most = (1 << prefixBits) - 1;
    const prefix = this.#octet() & most;
    if (prefix < most) return prefix;
    let value = most;
    for (let octets = 0; octets < mostContinuations; octets++) {
      const octet = this.#octet();
      value += (octet & 0x7f) << (7 * octets);
      if (octet < 0x80) return value;
    }
    throw new HpackError(`an integer is longer than ${mostContinuations} octets beside its first`);
  }

  /** A string, plain or in Huffman code. Each octet becomes one character. */
  string(): string {
    if (this.isAtEnd) throw new HpackError("the block ends where a string should begin");
    const isHuffman = this.peek >= 0x80;
    const length = this.integer(7);
    const start = this.#at;
    if (length > this.#end - start) {
      throw new HpackError(
        `a string of ${length} octets goes beyond the block, which has ${this.#end - start} more`,
      );
    }
    this.#at = start + length;
    return isHuffman
      ? readHuffman(this.#bytes, start, this.#at)
      : this.#bytes.toString("latin1", start, this.#at);
  }

  #octet(): number {
    if (this.isAtEnd) throw new HpackError("the block ends within an integer");
    const octet = this.#bytes[this.#at] as number;
    this.#at += 1;
    return octet;
  }
}
