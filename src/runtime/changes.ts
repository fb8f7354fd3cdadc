/** Fan-out of state changes to any number of `for await` loops. A slow reader loses the oldest, and is told. */
import { Folding } from "./folding.js";
import { type RegistrationStatus, statePath } from "./status.js";

/** One registration moved from one state to another. */
export interface StateChange {
  /** The registration, as `tenant.type.instance`. */
  readonly key: string;
  /** `state.child` of before; null for a registration just added. */
  readonly from: string | null;
  /** `state.child` of now. */
  readonly to: string;
  /** When, as wall clock in ms. */
  readonly at: number;
  /** Why, when something went wrong; else null. */
  readonly cause: string | null;
  /** What Node or the gateway calls the cause, such as `ECONNREFUSED`; else null. */
  readonly code: string | null;
  /** All of how it stands now. */
  readonly status: RegistrationStatus;
  /** Changes this reader missed before this one, because it was slow. */
  readonly missed: number;
  /** With `fold`: how many tries in a row have ended so by now; else 1. */
  readonly times: number;
}

/** Options of `changes`. */
export interface ChangesOptions {
  /**
   * For people: without the way from a failure to the next try, and of equal failures in a row only the
   * first, second, fourth, eighth and so on.
   * @default false
   */
  readonly fold?: boolean;
}

const capacity = 1_024;

class Reader implements AsyncIterableIterator<StateChange> {
  readonly #waiting: StateChange[] = [];
  readonly #leave: (reader: Reader) => void;
  readonly #folding: Folding | undefined;
  #missed = 0;
  #wake: ((result: IteratorResult<StateChange>) => void) | undefined;
  #over = false;

  constructor(leave: (reader: Reader) => void, folding?: Folding) {
    this.#leave = leave;
    this.#folding = folding;
  }

  push(change: StateChange): void {
    const told = this.#folding ? this.#folding.fold(change) : change;
    if (told) this.#push(told);
  }

  #push(change: StateChange): void {
    if (this.#wake) {
      this.#wake({ value: change, done: false });
      this.#wake = undefined;
      return;
    }
    if (this.#waiting.length === capacity) {
      this.#waiting.shift();
      this.#missed += 1;
    }
    this.#waiting.push(change);
  }

  end(): void {
    this.#over = true;
    this.#wake?.({ value: undefined, done: true });
    this.#wake = undefined;
  }

  next(): Promise<IteratorResult<StateChange>> {
    const change = this.#waiting.shift();
    if (change) {
      const missed = this.#missed;
      this.#missed = 0;
      return Promise.resolve({ value: missed > 0 ? { ...change, missed } : change, done: false });
    }
    if (this.#over) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  return(): Promise<IteratorResult<StateChange>> {
    this.#leave(this);
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

export class ChangeFeed {
  readonly #readers = new Set<Reader>();
  readonly #listeners = new Set<(change: StateChange) => void>();
  #over = false;

  /** Whether anybody reads: a change is only built when somebody does. */
  get watched(): boolean {
    return this.#readers.size > 0 || this.#listeners.size > 0;
  }

  /** Tells of a registration that stands as `status` says and stood in `from`; null: it was just added. */
  moved(from: string | null, status: RegistrationStatus): void {
    if (!this.watched) return;
    const { key, state, child, since: at, cause, code } = status;
    const change = { key, from, to: statePath(state, child), at, cause, code, status, missed: 0, times: 1 };
    for (const listener of this.#listeners) listener(change);
    for (const reader of this.#readers) reader.push(change);
  }

  /** A new reader, from now on. Ends when the runtime has closed. */
  read({ fold = false }: ChangesOptions = {}): AsyncIterableIterator<StateChange> {
    const reader = new Reader((one) => this.#readers.delete(one), fold ? new Folding() : undefined);
    if (this.#over) reader.end();
    else this.#readers.add(reader);
    return reader;
  }

  /** Every change from now on, at once and without loss. */
  listen(listener: (change: StateChange) => void): void {
    this.#listeners.add(listener);
  }

  end(): void {
    this.#over = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
    this.#listeners.clear();
  }
}
