/**
 * One timer for everything that sessions do regularly. Each member has a phase of its own, so that thousands
 * do not act in the same moment.
 */

/** Members of one bucket act together, so there are many; but no timer is shorter than it need be. */
const mostBuckets = 1_000;
const shortestStepMs = 20;

/** Who acts by a ticker: an object that is there anyway, as thousands join. */
export interface TickerMember {
  /** Its turn, once an interval. */
  tick(): void;
}

/** Where a member sits; undefined at a ticker that never ticks. */
export type Seat = number | undefined;

const goldenRatio = (Math.sqrt(5) - 1) / 2;

export class Ticker {
  readonly #now: () => number;
  readonly #stepMs: number;
  readonly #buckets: number;
  /** By bucket, each member with the step from which on it acts. Made when a member joins. */
  readonly #members = new Map<number, Map<TickerMember, number>>();
  #timer: NodeJS.Timeout | undefined;
  #count = 0;
  /** Where in a round the last member acts, in [0, 1). */
  #phase = 0;
  #steps = 0;
  /** When step 0 was. Steps follow the clock: a timer that fires late must not make the interval longer. */
  #begunAt = 0;

  /** Each member acts once per `intervalMs`; 0 = never. `now` is monotonic, in ms. */
  constructor(intervalMs: number, now: () => number = () => performance.now()) {
    this.#now = now;
    this.#buckets = Math.min(Math.max(1, Math.floor(intervalMs / shortestStepMs)), mostBuckets);
    this.#stepMs = intervalMs / this.#buckets;
  }

  /**
   * Joins; acts for the first time within the interval that runs (`this round`), or within the one after it, so
   * that a whole interval has gone by then. Returns what {@link leave} wants to know.
   */
  join(member: TickerMember, first: "this round" | "next round" = "next round"): Seat {
    if (this.#stepMs <= 0) return undefined;
    // By the golden ratio each lies in the widest gap that those before it have left, be they two or thousands.
    this.#phase = (this.#phase + goldenRatio) % 1;
    const bucket = (this.#steps + 1 + Math.floor(this.#phase * this.#buckets)) % this.#buckets;
    const members = this.#members.get(bucket) ?? new Map<TickerMember, number>();
    this.#members.set(bucket, members);
    members.set(member, first === "this round" ? this.#steps : this.#steps + this.#buckets);
    this.#count += 1;
    this.#start();
    return bucket;
  }

  /** Idempotent. */
  leave(member: TickerMember, seat: Seat): void {
    if (seat === undefined || !this.#members.get(seat)?.delete(member)) return;
    this.#count -= 1;
    if (this.#count === 0) this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #start(): void {
    if (this.#timer) return;
    this.#begunAt = this.#now() - this.#steps * this.#stepMs;
    this.#timer = setInterval(() => this.#catchUp(), this.#stepMs);
    this.#timer.unref();
  }

  /** Whatever is due, once each: after a block of more than a round, a round. */
  #catchUp(): void {
    const due = Math.floor((this.#now() - this.#begunAt) / this.#stepMs);
    this.#steps = Math.max(this.#steps, due - this.#buckets);
    while (this.#steps < due && this.#timer) this.#step();
  }

  #step(): void {
    this.#steps += 1;
    for (const [member, from] of [...(this.#members.get(this.#steps % this.#buckets) ?? [])])
      if (this.#steps >= from) member.tick();
  }
}
