/** Entries in their order: new ones at the end, the oldest goes first. Both cost the same however many there are. */
import type { Entry } from "./entry.js";

/** What was dropped at the front of the list is cut off when it is as much as this, and half of the list. */
const cutAt = 32;

export class EntryQueue {
  #entries: (Entry | undefined)[];
  /** The place of the oldest entry in the list. */
  #first = 0;

  constructor(...entries: Entry[]) {
    this.#entries = entries;
  }

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

  /** The newest ones, at most so many, the oldest of them first. A copy. */
  newest(most = this.size): readonly Entry[] {
    const from = Math.max(this.#first, this.#entries.length - most);
    return this.#entries.slice(from) as Entry[]; // holes are before #first only
  }
}
