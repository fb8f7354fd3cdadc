/** Messages on their way to a client: an async iterable that can be ended with or without an error. */
type Waiting<T> = {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
};

export class PushQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #taken: ((item: T) => void) | undefined;
  #items: T[] = [];
  #head = 0;
  #waiting: Waiting<T> | undefined;
  #ending: { readonly error?: unknown } | undefined;

  /** `taken` is told of each item that was waiting and is on its way now. */
  constructor(taken?: (item: T) => void) {
    this.#taken = taken;
  }

  /** Whether what is pushed goes nowhere. */
  get isEnded(): boolean {
    return this.#ending !== undefined;
  }

  push(item: T): void {
    if (this.#ending) return;
    if (this.#waiting) {
      this.#waiting.resolve({ value: item, done: false });
      this.#waiting = undefined;
    } else {
      this.#items.push(item);
    }
  }

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** What waits does not go out any more. Returns how much that was. */
  discard(): number {
    const { size } = this;
    this.#items = [];
    this.#head = 0;
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
    const item = this.#items[this.#head];
    if (item !== undefined) {
      this.#head += 1;
      this.#taken?.(item);
      if (this.#head === this.#items.length) {
        this.#items = [];
        this.#head = 0;
      }
      return Promise.resolve({ value: item, done: false });
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
    this.#items = [];
    this.#head = 0;
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
