/**
 * The transition journal of one registration: how did it get here. Bounded; the oldest entries go first.
 * Entries hold nothing secret; what a peer has said was made safe first.
 */

/** One line of how a registration got where it is. */
export interface JournalEntry {
  /** Wall clock, ms since 1970. */
  readonly at: number;
  /** `transition`: the state changed. `note`: something worth knowing. `unexpected`: an event its state does not take. */
  readonly kind: "transition" | "note" | "unexpected";
  /** The state it is in, as `state.child`. */
  readonly state: string;
  /** The state before, for transitions. */
  readonly from?: string;
  /** How long the state before lasted, in ms. */
  readonly afterMs?: number;
  /** What happened, such as `stream.ended`. */
  readonly event?: string;
  /** Why, when something went wrong. */
  readonly cause?: string;
  /** What Node or the gateway calls the cause, such as `ECONNREFUSED`. */
  readonly code?: string;
  /** More of it, in words; safe to print. */
  readonly detail?: string;
}

/** How what a person asked for is called. */
export const controlled = "control";

/** How a block of the event loop is called. */
export const loopBlocked = "loop.blocked";

export class Journal {
  readonly #capacity: number;
  #entries: readonly JournalEntry[] = [];
  #dropped = 0;

  /** Keeps the last `capacity` entries. */
  constructor(capacity = 64) {
    this.#capacity = capacity;
  }

  add(entry: JournalEntry): void {
    const isFull = this.#entries.length === this.#capacity;
    if (isFull) this.#dropped += 1;
    // A list of its own length: what `push` makes room for, thousands of registrations would hold for ever.
    this.#entries = (isFull ? this.#entries.slice(1) : this.#entries).concat(entry);
  }

  /** Oldest first. */
  entries(): readonly JournalEntry[] {
    return [...this.#entries];
  }

  /** How many older entries are gone. */
  get dropped(): number {
    return this.#dropped;
  }
}
