/**
 * One timer for everything that sessions do regularly. Each member has a phase of its own, so that thousands
 * do not act in the same moment.
 */

/** Buckets per round: members of one bucket act together. */
const buckets = 64;

export class Ticker {
  readonly #intervalMs: number;
  readonly #members: Set<() => void>[] = Array.from({ length: buckets }, () => new Set());
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  #next = 0;
  #position = 0;

  /** Each member acts once per `intervalMs`; 0 = never. */
  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs;
  }

  /** Joins just behind the current position, so the first act comes after about a whole interval. Returns how to leave. */
  join(act: () => void): () => void {
    if (this.#intervalMs <= 0) return () => {};
    // Members that join together are spread over the round.
    const bucket = this.#members[this.#next % buckets];
    this.#next += 1;
    bucket?.add(act);
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
    this.#position = (this.#position + 1) % buckets;
    for (const act of [...(this.#members[this.#position] ?? [])]) act();
  }
}
