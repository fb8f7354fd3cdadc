/**
 * Watches whether a worker thread's loop turns. A thread that a handler blocks looks as it did before; only that its
 * figures stay away tells. Looks are counted, not time, so that a main thread that was blocked itself accuses nobody.
 */
import type { Holder } from "../execution/handler-board.js";

/** How often somebody looks, in ms: each thread tells its figures as often. */
export const lookEveryMs = 1_000;

/**
 * How many looks in a row may find no report before a thread counts as silent. The first may come right after a report,
 * so it proves nothing: three are at least two seconds, which a busy machine needs; more than five are long for a person.
 */
const fewestLooks = 3;
const mostLooks = 5;

/** Within the heartbeat's bound, where the limits leave room. */
export const quietLooksFor = (heartbeatTimeoutMs: number): number =>
  Math.min(Math.max(Math.ceil(heartbeatTimeoutMs / lookEveryMs), fewestLooks), mostLooks);

export interface Silence {
  readonly forMs: number;
  /** Whose synchronous part ran when somebody looked last. */
  readonly holder: Holder | undefined;
}

type State =
  /** It loads its module, which may take any time. */
  | { readonly name: "loading" }
  /** Looks in a row at which it had said nothing. */
  | { readonly name: "answering"; readonly quietLooks: number }
  | ({ readonly name: "silent" } & Silence);

export class Watchdog {
  readonly #mostQuietLooks: number;
  readonly #holder: () => Holder | undefined;
  #state: State = { name: "loading" };

  constructor(mostQuietLooks: number, holder: () => Holder | undefined) {
    this.#mostQuietLooks = mostQuietLooks;
    this.#holder = holder;
  }

  /** While it lasts. */
  get silence(): Silence | undefined {
    return this.#state.name === "silent" ? this.#state : undefined;
  }

  /** Returns true when it falls silent by this look. */
  look(): boolean {
    const before = this.#state;
    if (before.name === "loading") return false;
    if (before.name === "silent") {
      this.#fallSilent(before.forMs + lookEveryMs);
      return false;
    }
    const quietLooks = before.quietLooks + 1;
    if (quietLooks < this.#mostQuietLooks) {
      this.#state = { name: "answering", quietLooks };
      return false;
    }
    this.#fallSilent(quietLooks * lookEveryMs);
    return true;
  }

  loaded(): void {
    this.#state = { name: "answering", quietLooks: 0 };
  }

  /** Its figures have come. Returns the silence that ends, if there was one. */
  heard(): Silence | undefined {
    const { silence } = this;
    if (this.#state.name !== "loading") this.loaded();
    return silence;
  }

  #fallSilent(forMs: number): void {
    this.#state = { name: "silent", forMs, holder: this.#holder() };
  }
}
