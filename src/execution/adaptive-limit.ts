/**
 * How many handlers may run at once, found while they run. By Little's law more at once bring more answers only as long
 * as each takes no longer; so the limit grows while requests take what they take when few run, and shrinks in the
 * proportion in which they take longer. docs/concurrency.md tells it in full. Numbers in, numbers out: it has neither a
 * clock nor a timer, and a request costs it a few additions.
 */

/** Between these it stays. */
export interface LimitBounds {
  readonly least: number;
  readonly most: number;
}

/** What is judged together, a window: at least so many requests, for so many ms and for twice what they take. */
const fewest = 30;
const leastWindowMs = 100;

/** With few slots fewer requests make a window, two for each slot, down to so many: else it takes too long to notice anything. */
const fewestOfFew = 8;

/** So much longer than with few others a request may take. */
const tolerance = 1.4;

/** What is left of the limit after one window, at the least. */
const deepestCut = 0.5;

/** A loop that turns so late, twice in a row, is too busy, whatever requests take. */
const lateMs = 50;
const cutForLag = 0.8;

/** What takes less counts as that: nobody waits shorter for it with fewer slots. */
const shortestMs = 1;

/** How much of the measure one window replaces. */
const share = 0.2;

/** While all slots are taken, the measure is taken anew after so many windows: it costs half the slots of two. */
const patience = { first: 5, most: 80 };

/** Half the slots, for a window: what a request takes then is the new measure. */
interface Probe {
  /** To go back to. */
  readonly level: number;
  /** What a request took with twice as many slots. */
  readonly meanMs: number;
}

/** What a request took in a window that was too slow, and with how many slots. */
interface Slow {
  readonly limit: number;
  readonly meanMs: number;
}

export class AdaptiveLimit {
  readonly #least: number;
  readonly #most: number;
  /** The limit before it is rounded. */
  #level: number;
  /** What a request takes while few run, in ms; undefined before it was measured. */
  #measure: number | undefined;
  #probe: Probe | undefined;
  /** Of the windows in a row that were too slow: the last, and the first that was no longer slower than the one before. */
  #lastSlow: Slow | undefined;
  #slow: Slow | undefined;
  /** The measure is new, the limit is still what the old one made of it: it doubles until that makes requests slower. */
  #isReturning = false;
  /** Windows since the last probe, and how many there are to be before the next. */
  #sinceProbe = 0;
  #patience = patience.first;
  /** Of the window: from when requests count, how many, their ms, and how many ran at once. */
  #from: number | undefined;
  #count = 0;
  #sum = 0;
  #peak = 0;
  /** The last two samples of the loop's lag. */
  #lag = 0;
  #lagBefore = 0;

  constructor({ least, most }: LimitBounds) {
    this.#least = least;
    this.#most = most;
    this.#level = Math.sqrt(least * most);
  }

  get limit(): number {
    return Math.min(this.#most, Math.max(this.#least, Math.floor(this.#level)));
  }

  /** So many run now. */
  started(running: number): void {
    if (running > this.#peak) this.#peak = running;
  }

  /**
   * A request has ended `at`, after `ms`. One that failed counts only when it took longer than the others: that it failed
   * fast says nothing of room. Returns true at the end of a window: the limit may be another, and the loop's lag is due.
   */
  ended(at: number, ms: number, failed: boolean): boolean {
    this.#from ??= at;
    const forMs = at - this.#from;
    // Those that began under another limit leave first.
    if (forMs < 0 || (failed && ms * this.#count <= this.#sum)) return false;
    this.#count += 1;
    this.#sum += ms;
    if (forMs < leastWindowMs || forMs * this.#count < 2 * this.#sum) return false;
    const { limit } = this;
    if (this.#count < Math.max(limit, Math.min(fewest, Math.max(fewestOfFew, 2 * limit)))) return false;
    this.#close(at);
    return true;
  }

  /** How much later than due the event loop turned. */
  lagged(ms: number): void {
    this.#lagBefore = this.#lag;
    this.#lag = ms;
  }

  #close(at: number): void {
    const mean = Math.max(shortestMs, this.#sum / this.#count);
    const { limit } = this;
    if (this.#probe) this.#probed(this.#probe, mean);
    else this.#adjust(mean);
    this.#from = this.limit === limit ? at : at + mean;
    this.#count = 0;
    this.#sum = 0;
    this.#peak = 0;
  }

  #adjust(mean: number): void {
    this.#sinceProbe += 1;
    const isFull = this.#peak >= this.limit;
    if (this.#peak * 2 <= this.limit) return this.#learn(mean);
    if (this.#measure === undefined) return this.#beginProbe(mean);
    if (mean < this.#measure) this.#learn(mean);
    const slower = mean / this.#measure;
    if (slower <= tolerance) this.#forgetSlow();
    if (Math.min(this.#lag, this.#lagBefore) > lateMs) this.#cut(cutForLag);
    else if (slower > tolerance) this.#tooSlow(mean, slower);
    else if (isFull && this.#isReturning) this.#double();
    else if (isFull && this.#sinceProbe >= this.#patience) this.#beginProbe(mean);
    else if (isFull) this.#grow((tolerance - Math.max(1, slower)) / (tolerance - 1));
  }

  #learn(mean: number): void {
    this.#measure ??= mean;
    this.#measure += share * (mean - this.#measure);
  }

  #tooSlow(mean: number, slower: number): void {
    this.#isReturning = false;
    if (this.limit === this.#least || this.#isHelpless(mean)) return this.#measureAnew(mean);
    this.#noteSlow({ limit: this.limit, meanMs: mean });
    this.#cut(Math.max(deepestCut, tolerance / slower));
  }

  /** A window in which requests got slower has fast ones, too: its mean says too little. So has the next one when that is slower yet. */
  #noteSlow(slow: Slow): void {
    const before = this.#lastSlow;
    this.#lastSlow = slow;
    if (before && slow.meanMs <= tolerance * before.meanMs) this.#slow ??= slow;
    else this.#slow = undefined;
  }

  /** Half the slots have made nothing faster: it is not for them that requests take so long. */
  #isHelpless(mean: number): boolean {
    return (
      this.#slow !== undefined && this.limit * 2 <= this.#slow.limit && mean * tolerance > this.#slow.meanMs
    );
  }

  /** All is slower than it was, for a reason of its own: that is what a request takes now. */
  #measureAnew(mean: number): void {
    this.#measure = mean;
    this.#forgetSlow();
    this.#isReturning = true;
  }

  #forgetSlow(): void {
    this.#lastSlow = undefined;
    this.#slow = undefined;
  }

  #double(): void {
    this.#level = Math.min(this.#most, 2 * this.#level);
    if (this.limit === this.#most) this.#isReturning = false;
  }

  #cut(to: number): void {
    this.#level = Math.max(this.#least, this.#level * to);
  }

  /** By half the root of the limit when nothing is slower, and by less the nearer the tolerance is. */
  #grow(room: number): void {
    this.#level = Math.min(this.#most, this.#level + (room * Math.sqrt(this.#level)) / 2);
  }

  #beginProbe(meanMs: number): void {
    this.#sinceProbe = 0;
    if (this.limit === this.#least) {
      this.#measure = meanMs;
      return;
    }
    this.#probe = { level: this.#level, meanMs };
    this.#cut(0.5);
  }

  /** Half the slots that make requests that much faster bring about as many answers: they stay, and half of them are tried. */
  #probed({ level, meanMs }: Probe, mean: number): void {
    this.#probe = undefined;
    // It has become slower meanwhile: no time for a measure.
    if (this.#measure !== undefined && mean > tolerance * this.#measure) return;
    this.#measure = mean;
    if (mean * tolerance < meanMs) {
      this.#patience = patience.first;
      return this.#beginProbe(mean);
    }
    this.#level = level;
    this.#patience = Math.min(patience.most, 2 * this.#patience);
  }
}
