/** What comes on a WebSocket and is no message: all of it is counted, and the first is told of. */
export class Unreadable {
  #count = 0;
  readonly #tell: (facts: { readonly bytes: number }, words: string) => void;

  /** `tell` is called once; it is not told what came. */
  constructor(tell: (facts: { readonly bytes: number }, words: string) => void) {
    this.#tell = tell;
  }

  get count(): number {
    return this.#count;
  }

  /** `bytes`: how many, 0 where nobody knows. */
  add(bytes: number): void {
    this.#count += 1;
    if (this.#count > 1) return;
    this.#tell(
      { bytes },
      "what came on a WebSocket is no message; it was dropped, and what more comes is counted only",
    );
  }
}
