/**
 * A text that must not be seen: a token, a key. Prints as `[redacted]` wherever it ends up, and is read in one way
 * only, `reveal()`, which is easy to search for.
 */

const shown = "[redacted]";

export class Secret {
  readonly #text: string;

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

  equals(other: Secret): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [Symbol.toPrimitive](): string {
    return shown;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return shown;
  }
}
