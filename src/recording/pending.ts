/** What comes while steps are taken, the innermost step's last. Its room stays, so that a step costs no new list to grow in. */
export class Pending<Item> {
  readonly #items: (Item | undefined)[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(item: Item): void {
    this.#items[this.#size] = item;
    this.#size += 1;
  }

  /** Takes out what came from there on, in a list that is no longer than that. */
  cut(start: number): readonly Item[] {
    if (this.#size === start) return nothing;
    const cut = this.#items.slice(start, this.#size) as Item[]; // holes are behind the end only
    for (let at = start; at < this.#size; at += 1) this.#items[at] = undefined;
    this.#size = start;
    return cut;
  }
}

const nothing: readonly never[] = [];
