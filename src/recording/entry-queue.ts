/** Entries in their order: new ones at the end, the oldest goes first. Both cost the same however many there are. */
import type { Entry } from "./entry.js";

/** What was dropped at the front of the list is cut off when it is as much as this, and half of the list. */
const cutAt = 32;

export class EntryQueue {
  #entries: (Entry | undefined)[] = [];
  /** The place of the oldest entry in the list. */
  #first = 0;

  get size(): number {
    return this.#entries.length - this.#first;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
  }

  /** Takes out the oldest one. */
  drop(): Entry | undefined {
    if (this.size === 0) return undefined;
    const oldest = this.#entries[this.#first];
    this.#entries[this.#first] = undefined;
    this.#first += 1;
    if (this.#first < cutAt || this.#first * 2 < this.#entries.length) return oldest;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
    return oldest;
  }

  /** All, the oldest first. A copy. */
  all(): readonly Entry[] {
    return this.#entries.slice(this.#first) as Entry[]; // holes are before #first only
  }

  /** The newest first. */
  *backwards(): Generator<Entry> {
    for (let at = this.#entries.length - 1; at >= this.#first; at -= 1) {
      const entry = this.#entries[at];
      if (entry) yield entry;
    }
  }
}
