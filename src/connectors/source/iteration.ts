/**
 * An iteration that goes on from request to request. What was read and not asked past is kept, so that a request whose
 * answer was lost can be repeated: asking with a cursor confirms what is before it.
 */
import { itemText } from "./batch.js";

/** When a batch ends though there may be more. */
export interface Patience {
  /** For the first item, in ms. */
  readonly firstMs: number;
  /** From then on for all others, in ms. */
  readonly restMs: number;
  /** Ends the wait at once. */
  readonly signals: readonly AbortSignal[];
}

/** Resolves when the time is up or one of the signals is aborted. */
class Wait {
  readonly over: Promise<"later">;
  readonly #signals: readonly AbortSignal[];
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => {};

  constructor(ms: number, signals: readonly AbortSignal[]) {
    this.#signals = signals;
    this.over = new Promise((resolve) => {
      this.#end = () => resolve("later");
    });
    this.shorten(ms);
    for (const signal of signals)
      if (signal.aborted) this.#end();
      else signal.addEventListener("abort", this.#end, { once: true });
  }

  shorten(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, ms);
  }

  leave(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#end);
  }
}

interface Kept {
  readonly item: unknown;
  readonly text: string;
}

export class Iteration {
  readonly #iterator: AsyncIterator<unknown>;
  #kept: Kept[] = [];
  /** How many items are before what is kept. */
  #base = 0;
  #isDone = false;
  /** The iterator has thrown: nothing comes any more. */
  hasFailed = false;
  #pending: Promise<IteratorResult<unknown>> | undefined;
  /** One request reads at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  #readers = 0;

  constructor(items: AsyncIterable<unknown>) {
    this.#iterator = items[Symbol.asyncIterator]();
  }

  get base(): number {
    return this.#base;
  }

  get isRead(): boolean {
    return this.#readers > 0;
  }

  /** In turn with others. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#readers += 1;
    const before = this.#turn;
    const mine = before.then(work);
    this.#turn = mine.catch(() => {});
    try {
      return await mine;
    } finally {
      this.#readers -= 1;
    }
  }

  /** Lets go of what is before; false when it is not there any more, or was never reached. */
  confirm(place: number): boolean {
    const count = place - this.#base;
    if (count < 0 || count > this.#kept.length) return false;
    this.#kept = this.#kept.slice(count);
    this.#base = place;
    return true;
  }

  /** Up to `limit` items, as many as may fit; fewer when it takes too long, or when they end. */
  async read(limit: number, room: number, patience: Patience): Promise<readonly Kept[]> {
    const wait = new Wait(this.#kept.length > 0 ? patience.restMs : patience.firstMs, patience.signals);
    let bytes = this.#kept.reduce((sum, { text }) => sum + text.length, 0);
    try {
      while (this.#kept.length < limit && bytes <= room && !this.#isDone) {
        const next = await this.#next(wait);
        if (next === undefined) break;
        if (next.done) {
          this.#isDone = true;
          break;
        }
        const text = itemText(next.value, this.#kept.length);
        if (this.#kept.length === 0) wait.shorten(patience.restMs);
        this.#kept.push({ item: next.value, text });
        bytes += text.length;
      }
    } finally {
      wait.leave();
    }
    return this.#kept.slice(0, limit);
  }

  /** Whether the items have ended, and nothing is kept past so many of them. */
  isOver(count: number): boolean {
    return this.#isDone && count >= this.#kept.length;
  }

  /** A generator that waits ends when it has what it waits for; nobody waits for that. */
  close(): void {
    void Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  /** What it asked for stays asked for when the time is up. An error stays one, too. */
  async #next(wait: Wait): Promise<IteratorResult<unknown> | undefined> {
    this.#pending ??= Promise.resolve(this.#iterator.next());
    const next = await Promise.race([this.#pending, wait.over]).catch((error: unknown) => {
      this.hasFailed = true;
      throw error;
    });
    if (next === "later") {
      this.#pending.catch(() => {});
      return undefined;
    }
    this.#pending = undefined;
    return next;
  }
}
