/**
 * How the whole fleet stands after a step. Every so many steps all of it is written down; so any step is reached by a
 * copy and a short walk, and costs the same wherever it is.
 */
import type { Store } from "./store.js";

/** Steps from one that is written down to the next. */
const apart = 4_096;

export class FleetAt {
  /** The last step about each registration; -1: none yet. */
  readonly last: Int32Array;
  readonly #store: Store;
  readonly #written: Int32Array[] = [];
  #step = -1;

  constructor(store: Store) {
    this.#store = store;
    this.last = new Int32Array(store.slots.length).fill(-1);
    const { length } = store;
    for (let step = 0; step < length; step += 1) {
      if (step % apart === 0) this.#written.push(this.last.slice());
      this.#note(this.last, step);
    }
    this.last.fill(-1);
  }

  get step(): number {
    return this.#step;
  }

  /** -1: before all steps. */
  seek(step: number): void {
    const isNear = step >= this.#step && step - this.#step <= apart;
    if (!isNear) {
      const place = Math.floor(Math.max(0, step) / apart);
      const written = this.#written[place];
      if (written && step >= 0) this.last.set(written);
      else this.last.fill(-1);
      this.#step = step < 0 ? -1 : place * apart - 1;
    }
    for (let next = this.#step + 1; next <= step; next += 1) this.#note(this.last, next);
    this.#step = step;
  }

  /** The last step about each registration after a step, wherever one stands. */
  copyAt(step: number): Int32Array {
    const last = this.#writtenBefore(step);
    for (let next = Math.floor(Math.max(0, step) / apart) * apart; next <= step; next += 1)
      this.#note(last, next);
    return last;
  }

  #writtenBefore(step: number): Int32Array {
    const written = this.#written[Math.floor(Math.max(0, step) / apart)];
    return step >= 0 && written ? written.slice() : new Int32Array(this.last.length).fill(-1);
  }

  /** Only what its own charts do: what is about it, at what hosts it, does not move it. */
  #note(last: Int32Array, step: number): void {
    const { slot } = this.#store.actors[this.#store.actor.at(step)] ?? { slot: -1 };
    if (slot >= 0) last[slot] = step;
  }
}
