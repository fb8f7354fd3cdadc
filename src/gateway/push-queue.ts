/** Messages on their way to a client: an async iterable that can be ended with or without an error. */
type Waiting<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

/** An item that waits, and its neighbours. */
export interface QueueEntry<T> {
  readonly item: T;
  /** What it holds, as whoever pushed it says. */
  weight: number;
  state: "waiting" | "left";
  before: QueueEntry<T> | undefined;
  after: QueueEntry<T> | undefined;
}

export class PushQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #taken: ((entry: QueueEntry<T>) => void) | undefined;
  #first: QueueEntry<T> | undefined;
  #last: QueueEntry<T> | undefined;
  #size = 0;
  #waiting: Waiting<T> | undefined;
  #ending: { readonly error?: unknown } | undefined;

  /** `taken` is told of each entry whose item is on its way now. */
  constructor(taken?: (entry: QueueEntry<T>) => void) {
    this.#taken = taken;
  }

  /** Whether what is pushed goes nowhere. */
  get isEnded(): boolean {
    return this.#ending !== undefined;
  }

  /** Its entry while it waits; undefined when it is on its way, or goes nowhere. */
  push(item: T): QueueEntry<T> | undefined {
    if (this.#ending) return undefined;
    if (this.#waiting) {
      this.#waiting.resolve({ value: item, done: false });
      this.#waiting = undefined;
      return undefined;
    }
    const entry: QueueEntry<T> = { item, weight: 0, state: "waiting", before: this.#last, after: undefined };
    if (this.#last) this.#last.after = entry;
    else this.#first = entry;
    this.#last = entry;
    this.#size += 1;
    return entry;
  }

  get size(): number {
    return this.#size;
  }

  /** What waits there does not go out any more. False when it has left the queue before. */
  withdraw(entry: QueueEntry<T>): boolean {
    if (entry.state === "left") return false;
    const { before, after } = entry;
    entry.state = "left";
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
    this.#size -= 1;
    return true;
  }

  /** What waits does not go out any more. Returns how much that was. */
  discard(): number {
    const size = this.#size;
    for (let entry = this.#first; entry; entry = entry.after) entry.state = "left";
    this.#first = undefined;
    this.#last = undefined;
    this.#size = 0;
    return size;
  }

  /** What was pushed before still goes out. */
  end(): void {
    this.#finish({});
  }

  fail(error: unknown): void {
    this.#finish({ error });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const entry = this.#first;
    if (entry) {
      this.withdraw(entry);
      this.#taken?.(entry);
      return Promise.resolve({ value: entry.item, done: false });
    }
    if (!this.#ending) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    }
    const { error } = this.#ending;
    this.#ending = {};
    return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.discard();
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(ending: { readonly error?: unknown }): void {
    if (this.#ending) return;
    this.#ending = ending;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (!waiting) return;
    if (ending.error === undefined) waiting.resolve({ value: undefined, done: true });
    else {
      this.#ending = {};
      waiting.reject(ending.error);
    }
  }
}
