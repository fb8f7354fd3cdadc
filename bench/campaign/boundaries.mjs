// Follows one direction of a connection, and knows where its frames begin.

export class BoundaryTracker {
  #head = Buffer.alloc(0);
  /** Bytes of the present frame, or of what comes before the first, that are still to come. */
  #rest;

  /** `before`: bytes that come before the first frame. */
  constructor(before = 0) {
    this.#rest = before;
  }

  /** Where in this chunk, looking from `from` on, the first frame begins; -1 when none does. Takes the whole chunk into account. */
  boundaryIn(chunk, from = 0) {
    let found = -1;
    let at = from;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const taken = Math.min(this.#rest, chunk.length - at);
        this.#rest -= taken;
        at += taken;
        continue;
      }
      if (this.#head.length === 0 && found < 0) found = at;
      this.#head = Buffer.concat([this.#head, chunk.subarray(at, at + 1)]);
      at += 1;
      const rest = this.restAfter(this.#head);
      if (rest === undefined) continue;
      this.#rest = rest;
      this.#head = Buffer.alloc(0);
    }
    return found;
  }
}
