/**
 * Memory that a socket reads into, one read after the other. Nothing in it is written twice, so that messages stay
 * where they came.
 */
const receiveSlabBytes = 64 * 1024;
/** A read is not worth its system call with less. */
const leastBytes = 16 * 1024;

export class ReceiveSlab {
  #rest = Buffer.allocUnsafeSlow(receiveSlabBytes);

  /** Where the next read goes. */
  rest(): Buffer {
    if (this.#rest.length < leastBytes) this.#rest = Buffer.allocUnsafeSlow(receiveSlabBytes);
    return this.#rest;
  }

  /** The first bytes of the rest were read into. */
  use(bytes: number): void {
    this.#rest = this.#rest.subarray(bytes);
  }
}
