/**
 * Tells afterwards that this thread's event loop was blocked, for how long and by whom, as far as it can be known. A
 * block that a handler's synchronous part makes is told when that ends; any other by a turn of the loop that is late.
 */
import { type Blocker, blockedMs, HandlerBoard, turnMs } from "./handler-board.js";
import type { LoopBlock } from "./loop-block.js";

/** What a watch asks of its thread; tests give their own. */
export interface LoopClock {
  /** Monotonic, in ms. It stands still while the machine sleeps, where the system has it so. */
  now(): number;
  /** Processor time since the start, in ms. */
  processorMs(): number;
  /** Returns how to end it. Must not keep the process alive. */
  every(ms: number, act: () => void): () => void;
}

/** Newer than the declarations of the oldest Node: since 23.9. */
type ThreadUsage = { threadCpuUsage?(): NodeJS.CpuUsage };

const thisThread: LoopClock = {
  now: () => performance.now(),
  processorMs() {
    const { user, system } = (process as ThreadUsage).threadCpuUsage?.() ?? process.cpuUsage();
    return (user + system) / 1_000;
  },
  every(ms, act) {
    const timer = setInterval(act, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** So many blocks are told at once; then one a minute with the sum, so that journals keep more than blocks. */
const mostTold = 10;
const tellAgainMs = 60_000;

const none = { times: 0, ms: 0 };

export class LoopWatch {
  readonly board: HandlerBoard;
  readonly #clock: LoopClock;
  readonly #listeners = new Set<(block: LoopBlock) => void>();
  #end: (() => void) | undefined;
  /** When the loop should turn next. */
  #dueAt = 0;
  /** Until when blocks are known. */
  #knownUntil = 0;
  /** Processor time at the last turn. */
  #processorMs = 0;
  /** How many blocks may still be told at once, and since when that is so. */
  #budget = mostTold;
  #budgetAt = 0;
  /** The last block that was not told, with those before it. */
  #held: LoopBlock | undefined;

  constructor(board = new HandlerBoard(), clock: LoopClock = thisThread) {
    this.board = board;
    this.#clock = clock;
  }

  /** Calls the listener after each block from now on. Returns how to leave. */
  join(listener: (block: LoopBlock) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#end) this.#begin();
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#end?.();
      this.#end = undefined;
      this.board.onBlocked = undefined;
    };
  }

  #begin(): void {
    const at = this.#clock.now();
    // What an earlier runtime of the thread has told is no burden on this one.
    this.#budget = mostTold;
    this.#held = undefined;
    this.#budgetAt = at;
    this.#knownUntil = at;
    this.board.turned(at);
    this.#awaitTurn(at);
    this.board.onBlocked = (since, until, by) => this.#blocked(since, until, by);
    this.#end = this.#clock.every(turnMs, () => this.#turn());
  }

  #awaitTurn(at: number): void {
    this.#dueAt = at + turnMs;
    this.#processorMs = this.#clock.processorMs();
  }

  #turn(): void {
    const at = this.#clock.now();
    const wasOne = this.board.turned(at);
    this.#found(this.#dueAt, at, () =>
      wasOne ? { how: "other", underWay: this.board.reader.underWay() } : { how: "many turns" },
    );
    this.#awaitTurn(at);
    if (this.#held && this.#mayTell(at)) this.#tell(this.#held);
  }

  #blocked(since: number, at: number, by: Blocker): void {
    // Of what was not seen to begin, only the time for which a turn was due is certain.
    this.#found(by.how === "held" ? since : Math.max(since, this.#dueAt), at, () => by);
  }

  #found(from: number, at: number, by: () => LoopBlock["by"]): void {
    const ms = at - Math.max(from, this.#knownUntil);
    if (ms < blockedMs) return;
    this.#knownUntil = at;
    const before = this.#processorMs;
    this.#processorMs = this.#clock.processorMs();
    const { times, ms: untoldMs } = this.#held?.untold ?? none;
    const untold = this.#held ? { times: times + 1, ms: untoldMs + this.#held.ms } : none;
    const block = { ms, processorMs: this.#processorMs - before, by: by(), untold };
    if (this.#mayTell(at)) this.#tell(block);
    else this.#held = block;
  }

  #mayTell(at: number): boolean {
    const earned = Math.floor((at - this.#budgetAt) / tellAgainMs);
    this.#budgetAt += earned * tellAgainMs;
    this.#budget = Math.min(mostTold, this.#budget + earned);
    return this.#budget > 0;
  }

  #tell(block: LoopBlock): void {
    this.#budget -= 1;
    this.#held = undefined;
    for (const listener of this.#listeners) {
      try {
        listener(block);
      } catch {
        // A logger that fails must not end the request that has just run.
      }
    }
  }
}

let shared: LoopWatch | undefined;

/** The watch of this thread: however many runtimes live in it, it has one loop. */
export function loopOfThread(): LoopWatch {
  shared ??= new LoopWatch();
  return shared;
}
