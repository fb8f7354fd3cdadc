/** So many in a second, and no more. */
export class Budget {
  readonly #most: number;
  #second = -1;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** `now` in ms. */
  take(now: number): boolean {
    const second = Math.floor(now / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    if (this.#taken === this.#most) return false;
    this.#taken += 1;
    return true;
  }
}
