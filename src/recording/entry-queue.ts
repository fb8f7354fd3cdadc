/** Entries in their order: new ones at the end, the oldest goes first. Both cost the same however many there are. */
import type { Entry } from "./entry.js";

/** Places at first; doubled when they are all taken, and never given back: the bytes of a recording bound them. */
const firstPlaces = 16;

export class EntryQueue {
  /** A ring; its length is a power of two. */
  #places: (Entry | undefined)[] = new Array(firstPlaces).fill(undefined);
  /** The place of the oldest entry. */
  #first = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(entry: Entry): void {
    if (this.#size === this.#places.length) this.#grow();
    this.#places[this.#placeOf(this.#size)] = entry;
    this.#size += 1;
  }

  /** Takes out the oldest one. */
  drop(): Entry | undefined {
    if (this.#size === 0) return undefined;
    const place = this.#placeOf(0);
    const oldest = this.#places[place];
    this.#places[place] = undefined;
    this.#first = this.#placeOf(1);
    this.#size -= 1;
    return oldest;
  }

  /** All, the oldest first. A copy. */
  all(): readonly Entry[] {
    return Array.from({ length: this.#size }, (_, index) => this.#places[this.#placeOf(index)] as Entry);
  }

  /** The newest first. */
  *backwards(): Generator<Entry> {
    for (let index = this.#size - 1; index >= 0; index -= 1) {
      const entry = this.#places[this.#placeOf(index)];
      if (entry) yield entry;
    }
  }

  /** Of the entry so many behind the oldest. */
  #placeOf(index: number): number {
    return (this.#first + index) & (this.#places.length - 1);
  }

  #grow(): void {
    const entries = this.all();
    this.#places = [...entries, ...new Array(entries.length).fill(undefined)];
    this.#first = 0;
  }
}
