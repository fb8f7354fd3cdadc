/** What comes while a step is taken. Its room stays for the next step, so that none costs a new list to grow in. */
export class Pending<Item> {
  /** Not empty at first: V8 keeps a list of numbers in another form, and what all lists share would be compiled for both. */
  readonly #items: (Item | undefined)[] = [undefined];
  #size = 0;

  add(item: Item): void {
    this.#items[this.#size] = item;
    this.#size += 1;
  }

  /** Takes out everything, in a list that is no longer than that. */
  takeAll(): readonly Item[] {
    if (this.#size === 0) return nothing;
    const all = this.#items.slice(0, this.#size) as Item[]; // holes are behind the end only
    this.#items.fill(undefined, 0, this.#size);
    this.#size = 0;
    return all;
  }
}

const nothing: readonly never[] = [];
