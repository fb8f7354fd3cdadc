/**
 * A Map for entries that come and go with every request. It moves what is left to a fresh Map once as much has
 * been taken out, so there are no more moves than removals; an entry that lasts is moved again and again.
 *
 * Because a Map's table, once it has lived long, lies in V8's old generation, and so does every table that replaces
 * it there. Nobody frees those before the whole heap is marked, and until then the young generation's collections
 * take all that they held for alive: a third of what a flood allocated, copied in pauses of 10 ms
 * (`docs/performance.md`). A fresh Map begins young.
 */

/** Fewer removals are not worth a fresh Map. */
const leastRemovals = 256;

/** Stands for the table of those that have had no entry yet, which are most: it is read and never written. */
const unused = new Map<never, never>();

export class TurnoverMap<K, V> {
  #map: Map<K, V> = unused as Map<unknown, unknown> as Map<K, V>;
  /** From the present Map. */
  #removals = 0;

  get size(): number {
    return this.#map.size;
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  set(key: K, value: V): void {
    if (this.#map === unused) this.#map = new Map();
    this.#map.set(key, value);
  }

  /**
   * While somebody iterates over it, like that over {@link values}, the entry at hand and those before it may be
   * deleted. Later ones may still come up after they were deleted, and new ones may not.
   */
  keys(): IterableIterator<K> {
    return this.#map.keys();
  }

  values(): IterableIterator<V> {
    return this.#map.values();
  }

  delete(key: K): void {
    if (!this.#map.delete(key)) return;
    this.#removals += 1;
    if (this.#removals >= leastRemovals && this.#removals >= this.#map.size) this.#renew();
  }

  /** Deletes at once all that are not `kept`. */
  sweep(kept: (value: V) => boolean): void {
    this.#renew(kept);
  }

  #renew(kept: (value: V) => boolean = () => true): void {
    if (this.#map === unused) return;
    const fresh = new Map<K, V>();
    for (const [key, value] of this.#map) if (kept(value)) fresh.set(key, value);
    this.#map = fresh;
    this.#removals = 0;
  }
}
