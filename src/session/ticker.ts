/**
 * One timer for everything that sessions do regularly. Each member has a phase of its own, so that thousands
 * do not act in the same moment.
 */

/** Buckets per round: members of one bucket act together. */
const buckets = 64;

export class Ticker {
  readonly #intervalMs: number;
  /** Per bucket, each member with the step from which on it acts. */
  readonly #members: Map<() => void, number>[] = Array.from({ length: buckets }, () => new Map());
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #next = 0;
  #steps = 0;

  /** Each member acts once per `intervalMs`; 0 = never. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Joins; the first act comes after a whole interval, and less than two. Returns how to leave. */
  join(act: () => void): () => void {
    if (this.#intervalMs <= 0) return () => {};
    // Members that join together are spread over the round.
    const bucket = this.#members[this.#next % buckets];
    this.#next += 1;
    bucket?.set(act, this.#steps + buckets);
    this.#count += 1;
    this.#start();
    return () => {
      if (!bucket?.delete(act)) return;
      this.#count -= 1;
      if (this.#count === 0) this.stop();
    };
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#step(), Math.max(1, this.#intervalMs / buckets));
    this.#timer.unref();
  }

  #step(): void {
    this.#steps += 1;
    for (const [act, from] of [...(this.#members[this.#steps % buckets] ?? [])])
      if (this.#steps >= from) act();
  }
}
