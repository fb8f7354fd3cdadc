/**
 * Which handler holds this thread, and which have requests under way. It lies in memory that another thread can read
 * while this one is blocked, so it costs a request some plain stores: no message, no object, no lock. What is read may be
 * torn for a moment; whoever reads asks after seconds of silence, when nothing is written any more.
 */

export interface HandlerName {
  /** The registration's key. */
  readonly registration: string;
  /** The capability, of a tool its name; else the connector's type. */
  readonly handler: string;
}

/** A handler that has run for so long without a pause. */
export interface Holder {
  readonly name: HandlerName | undefined;
  readonly forMs: number;
}

/** As many handlers have numbers of their own; the rest share one that has no name. Pages that nobody writes cost nothing. */
const mostHandlers = 65_536;
const nobody = 0;
const unnamed = 1;
export const firstNumber = 2;

/** The doubles before the counts: who holds the thread, since when, the last event, and how far `now` lies from hrtime. */
const heldBy = 0;
const heldSince = 1;
const lastEvent = 2;
const hrtimeOffset = 3;
const headBytes = 4 * Float64Array.BYTES_PER_ELEMENT;

/** What is taken for a block, in ms: less is noise of a busy machine, and a stream survives it. */
export const blockedMs = 1_000;

/** How often the loop must turn to be seen, in ms. */
export const turnMs = 500;

export const boardMemory = (handlers = mostHandlers): SharedArrayBuffer =>
  new SharedArrayBuffer(headBytes + handlers * Int32Array.BYTES_PER_ELEMENT);

/** How far hrtime, which all threads share, lies ahead of this thread's `performance.now()`; it never changes. */
function offsetOfThread(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6 - performance.now();
}

/** What any thread can read. */
export class BoardReader {
  readonly #head: Float64Array;
  readonly #counts: Int32Array;
  readonly #names: ReadonlyMap<number, HandlerName>;

  constructor(memory: SharedArrayBuffer, names: ReadonlyMap<number, HandlerName>) {
    this.#head = new Float64Array(memory, 0, headBytes / Float64Array.BYTES_PER_ELEMENT);
    this.#counts = new Int32Array(memory, headBytes);
    this.#names = names;
  }

  /** Whose synchronous part runs now in the thread of the board; undefined: nobody's. */
  holder(): Holder | undefined {
    const [by = nobody, since = 0, , offset = 0] = this.#head;
    if (by === nobody) return undefined;
    const forMs = performance.now() + offsetOfThread() - offset - since;
    return { name: this.#names.get(by), forMs: Math.max(0, forMs) };
  }

  /** How long ago the thread of the board did something that is seen here. */
  quietForMs(): number {
    const [, , last = 0, offset = 0] = this.#head;
    return Math.max(0, performance.now() + offsetOfThread() - offset - last);
  }

  /** Those that have gone on after an `await` and are not done. */
  underWay(): readonly HandlerName[] {
    return [...this.#names].flatMap(([number, name]) => ((this.#counts[number] ?? 0) > 0 ? [name] : []));
  }
}

/** Who has blocked the loop: a handler's synchronous part; or, less sure, one that was the first to end after it. */
export type Blocker =
  | { readonly how: "held"; readonly name: HandlerName | undefined }
  | { readonly how: "ended first"; readonly name: HandlerName | undefined };

export class HandlerBoard {
  readonly memory: SharedArrayBuffer;
  readonly reader: BoardReader;
  /** A handler has a number from now on. */
  onNamed: ((number: number, name: HandlerName) => void) | undefined;
  /** Nothing else ran from `since` to `at`. */
  onBlocked: ((since: number, at: number, by: Blocker) => void) | undefined;
  readonly #head: Float64Array;
  readonly #counts: Int32Array;
  readonly #names = new Map<number, HandlerName>();
  readonly #free: number[] = [];
  /** Whose handler calls another one, if that should ever be. */
  readonly #outer: { readonly number: number; readonly since: number }[] = [];
  #next = firstNumber;
  /** Whether something else than a handler took longer than it may since the last turn. */
  #gap = false;

  constructor(memory = boardMemory()) {
    this.memory = memory;
    this.reader = new BoardReader(memory, this.#names);
    this.#head = new Float64Array(memory, 0, headBytes / Float64Array.BYTES_PER_ELEMENT);
    this.#counts = new Int32Array(memory, headBytes);
    this.#head[hrtimeOffset] = offsetOfThread();
  }

  /** A number for a handler, until {@link release}. */
  name(name: HandlerName): number {
    const number = this.#free.pop() ?? this.#next;
    if (number >= this.#counts.length) return unnamed;
    if (number === this.#next) this.#next += 1;
    this.#names.set(number, name);
    this.onNamed?.(number, name);
    return number;
  }

  /** The number may go to another handler, unless requests of this one are still under way. */
  release(number: number): void {
    if (number < firstNumber) return;
    this.#names.delete(number);
    if (this.#counts[number] === 0) this.#free.push(number);
  }

  /** A handler's synchronous part begins. */
  enter(number: number, at: number): void {
    const head = this.#head;
    const outer = head[heldBy] ?? nobody;
    if (outer !== nobody) this.#outer.push({ number: outer, since: head[heldSince] ?? at });
    if (at - this.#lastEvent > blockedMs + turnMs) this.#gap = true;
    head[lastEvent] = at;
    head[heldSince] = at;
    head[heldBy] = number;
  }

  /** Whether that part still runs. */
  isHeld(number: number, since: number): boolean {
    return this.#head[heldBy] === number && this.#head[heldSince] === since;
  }

  /** It ends; whoever held the thread when it began holds it again. */
  leave(at: number): void {
    const head = this.#head;
    const number = head[heldBy] ?? nobody;
    const since = head[heldSince] ?? at;
    const outer = this.#outer.length === 0 ? undefined : this.#outer.pop();
    head[lastEvent] = at;
    head[heldSince] = outer?.since ?? 0;
    head[heldBy] = outer?.number ?? nobody;
    if (at - since >= blockedMs) this.onBlocked?.(since, at, { how: "held", name: this.#names.get(number) });
  }

  /** A handler goes on after an `await`. */
  begun(number: number): void {
    this.#counts[number] = (this.#counts[number] ?? 0) + 1;
  }

  /** It has ended. The first that ends after a block was the one that ran, as a rule: its end follows at once. */
  ended(number: number, at: number): void {
    this.#counts[number] = (this.#counts[number] ?? 0) - 1;
    const since = this.#lastEvent;
    this.#head[lastEvent] = at;
    if (at - since > blockedMs + turnMs)
      this.onBlocked?.(since, at, { how: "ended first", name: this.#names.get(number) });
  }

  /** The loop has turned. Returns whether one thing took all the time since then, as far as the board can tell. */
  turned(at: number): boolean {
    const gap = this.#gap || at - this.#lastEvent > blockedMs + turnMs;
    this.#gap = false;
    this.#head[lastEvent] = at;
    return gap;
  }

  get #lastEvent(): number {
    return this.#head[lastEvent] ?? 0;
  }
}

/** For an execution that shares its board with nobody. */
export const privateBoard = (): HandlerBoard => new HandlerBoard(boardMemory(64));
