/**
 * A text that must not be seen: a token, a key. Prints as `[redacted]` wherever it ends up, and is read in one way
 * only, `reveal()`, which is easy to search for.
 */

const shown = "[redacted]";

/**
 * A text that prints as `[redacted]` wherever it ends up: a token, a key.
 *
 * @example
 * ```ts
 * import { Secret } from "mooring";
 *
 * const token = new Secret("abc");
 * console.log(`${token}`, token.reveal()); // [redacted] abc
 * ```
 */
export class Secret {
  readonly #text: string;

  /** Of the text that is not to be seen. */
  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself: for the call that carries it, at the last moment. */
  reveal(): string {
    return this.#text;
  }

  /** Whether there is no text: on the wire, an empty token is none. */
  get isEmpty(): boolean {
    return this.#text === "";
  }

  /** Whether both hold the same text. */
  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  /** Always `[redacted]`. */
  toString(): string {
    return shown;
  }

  /** Always `[redacted]`. */
  toJSON(): string {
    return shown;
  }

  /** Always `[redacted]`. */
  [Symbol.toPrimitive](): string {
    return shown;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return shown;
  }
}
