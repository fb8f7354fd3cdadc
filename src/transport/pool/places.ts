/** The places for streams on one connection: how many there are, how many are taken. */
import type { ChannelStatus } from "../transport.js";

export class Places {
  #capacity: number;
  #taken = 0;

  /** `capacity`: as expected, until the connection tells. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get capacity(): number {
    return this.#capacity;
  }

  get taken(): number {
    return this.#taken;
  }

  get free(): boolean {
    return this.#taken < this.#capacity;
  }

  /** Whether more are taken than there are: that was learnt after they were taken. */
  get overbooked(): boolean {
    return this.#taken > this.#capacity;
  }

  /** Of a connection with these places. */
  status(id: number, state: ChannelStatus["state"]): ChannelStatus {
    return { id, state, streams: this.#taken, capacity: this.#capacity, unreadable: 0 };
  }

  /** At least one place, or nothing would ever be tried. */
  limit(capacity: number): void {
    this.#capacity = Math.max(1, capacity);
  }

  /** Takes a place, also beyond the capacity; what it returns gives the place back, once. */
  take(givenBack: () => void): () => void {
    this.#taken += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#taken -= 1;
      givenBack();
    };
  }
}
