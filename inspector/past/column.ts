/** Numbers in a row that grows: one for each step of a recording, without an object for any. */

type Numbers = Int32Array | Float64Array | Uint8Array;

const firstRoom = 1_024;

export class Column<Kind extends Numbers> {
  length = 0;
  #values: Kind;
  readonly #make: (room: number) => Kind;

  constructor(make: (room: number) => Kind) {
    this.#make = make;
    this.#values = make(firstRoom);
  }

  /** Those that are there; they stay where they are until more come. */
  get values(): Kind {
    return this.#values;
  }

  push(value: number): void {
    if (this.length === this.#values.length) this.#grow();
    this.#values[this.length] = value;
    this.length += 1;
  }

  /** 0 for what is not there. */
  at(place: number): number {
    return this.#values[place] ?? 0;
  }

  set(place: number, value: number): void {
    this.#values[place] = value;
  }

  #grow(): void {
    const larger = this.#make(Math.ceil(this.#values.length * 1.6));
    larger.set(this.#values);
    this.#values = larger;
  }
}

export const whole = (): Column<Int32Array> => new Column((room) => new Int32Array(room));
export const real = (): Column<Float64Array> => new Column((room) => new Float64Array(room));
export const small = (): Column<Uint8Array> => new Column((room) => new Uint8Array(room));

/** Places grouped by a number of theirs, each group in order: all in two arrays. */
export class Groups {
  readonly #starts: Int32Array;
  readonly #places: Int32Array;

  /** `groupOf` has a group, from 0 to `many` - 1, or a negative number for each of the places. */
  constructor(groupOf: Int32Array, length: number, many: number) {
    const starts = new Int32Array(many + 1);
    for (let place = 0; place < length; place += 1) {
      const group = groupOf[place] ?? -1;
      if (group >= 0) starts[group + 1] = (starts[group + 1] ?? 0) + 1;
    }
    for (let group = 0; group < many; group += 1)
      starts[group + 1] = (starts[group + 1] ?? 0) + (starts[group] ?? 0);
    const places = new Int32Array(starts[many] ?? 0);
    const next = starts.slice();
    for (let place = 0; place < length; place += 1) {
      const group = groupOf[place] ?? -1;
      if (group < 0) continue;
      const at = next[group] ?? 0;
      places[at] = place;
      next[group] = at + 1;
    }
    this.#starts = starts;
    this.#places = places;
  }

  of(group: number): Int32Array {
    return this.#places.subarray(this.#starts[group] ?? 0, this.#starts[group + 1] ?? 0);
  }
}

/** How many of the sorted numbers are not above a value. */
export function upTo(sorted: ArrayLike<number>, value: number, length = sorted.length): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Each text once, by a number. */
export class Names {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];

  get size(): number {
    return this.#names.length;
  }

  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }

  at(number: number): string {
    return this.#names[number] ?? "";
  }
}
