/** How long successful requests of one registration took, by classes: a few additions a request, and nothing before the first. */

/** Upper bounds of the classes, in ms, each with all below it; one more class has what is longer. */
export const durationBoundsMs = [
  1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
] as const;

const none: readonly number[] = Object.freeze([]);

export class RequestDurations {
  #counts: number[] | undefined;

  /** How many are in each class, or nothing before the first request. The list of this moment. */
  get counts(): readonly number[] {
    return this.#counts ? [...this.#counts] : none;
  }

  add(ms: number): void {
    this.#counts ??= new Array<number>(durationBoundsMs.length + 1).fill(0);
    let at = 0;
    while (at < durationBoundsMs.length && ms > (durationBoundsMs[at] ?? 0)) at += 1;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }
}
