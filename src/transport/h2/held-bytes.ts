/**
 * What has come on a stream that is paused: copied together, because small parts of what a socket brings would each
 * keep all of that. The stream's window bounds it.
 */
const pieceBytes = 16 * 1024;

export class HeldBytes {
  #pieces: Buffer[] = [];
  /** Bytes of the last piece that are used. */
  #used = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  add(bytes: Buffer, start: number, end: number): void {
    this.#bytes += end - start;
    for (let at = start; at < end; ) {
      let last = this.#pieces.at(-1);
      if (!last || this.#used === last.length) {
        last = Buffer.allocUnsafeSlow(pieceBytes);
        this.#pieces.push(last);
        this.#used = 0;
      }
      const copied = bytes.copy(last, this.#used, at, end);
      this.#used += copied;
      at += copied;
    }
  }

  /** The next piece, in order; undefined: nothing is held. */
  take(): Buffer | undefined {
    const piece = this.#pieces.shift();
    if (!piece) return undefined;
    const held = this.#pieces.length === 0 ? piece.subarray(0, this.#used) : piece;
    this.#bytes -= held.length;
    if (this.#pieces.length === 0) this.#used = 0;
    return held;
  }
}
