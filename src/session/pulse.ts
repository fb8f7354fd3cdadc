/**
 * Sends a heartbeat each interval. When an answer is late, the pulse tells so and stops; the chart then asks for single
 * heartbeats, until one is answered.
 */
import type { Seat, Ticker, TickerMember } from "./ticker.js";

export interface PulseOptions {
  /** Beats by its clock; each stream at a moment of its own. */
  readonly ticker: Ticker;
  /** Ms without an answer after which a beat is late. */
  readonly suspectMs: number;
}

export interface PulseListener {
  /** Send a heartbeat now. */
  beat(): void;
  /** A beat is unanswered; it is `sinceAnswerMs` since the last answer, or since the pulse began. Once until the next answer. */
  late(sinceAnswerMs: number): void;
}

type State =
  | { readonly name: "off" }
  | { readonly name: "calm" }
  /** A beat is on its way. */
  | { readonly name: "waiting"; readonly timer: NodeJS.Timeout }
  | { readonly name: "late" };

const off: State = { name: "off" };
const calm: State = { name: "calm" };
const late: State = { name: "late" };

export class Pulse implements TickerMember {
  readonly #options: PulseOptions;
  readonly #listener: PulseListener;
  readonly #now: () => number;
  #state: State = off;
  #seat: Seat;
  #answeredAt = 0;

  /** `now` is monotonic, in ms. */
  constructor(options: PulseOptions, listener: PulseListener, now: () => number) {
    this.#options = options;
    this.#listener = listener;
    this.#now = now;
  }

  /** From now on answers are due. Idempotent. */
  start(): void {
    if (this.#state !== off) return;
    this.#state = calm;
    this.#answeredAt = this.#now();
    this.#seat = this.#options.ticker.join(this, "this round");
  }

  /** A heartbeat was answered, whoever had asked for it. Returns true when that was late. */
  answered(): boolean {
    const before = this.#state;
    if (before.name === "off") return false;
    if (before.name === "waiting") clearTimeout(before.timer);
    this.#state = calm;
    this.#answeredAt = this.#now();
    return before.name === "late";
  }

  /** A beat is unanswered for longer than it may be. */
  get isLate(): boolean {
    return this.#state === late;
  }

  stop(): void {
    if (this.#state.name === "waiting") clearTimeout(this.#state.timer);
    this.#state = off;
    this.#options.ticker.leave(this, this.#seat);
    this.#seat = undefined;
  }

  /** Part of the ticker's face. */
  tick(): void {
    if (this.#state !== calm) return;
    const timer = setTimeout(() => this.#overdue(), this.#options.suspectMs);
    timer.unref();
    this.#state = { name: "waiting", timer };
    this.#listener.beat();
  }

  #overdue(): void {
    this.#state = late;
    this.#listener.late(this.#now() - this.#answeredAt);
  }
}
