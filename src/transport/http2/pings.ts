/**
 * The PINGs of one session: at an interval, so that a connection which died in silence is noticed, and at once
 * when somebody doubts the connection.
 */

import { doubtLimitMs } from "../../protocol/limits.js";
import { withResolvers } from "../../with-resolvers.js";

/** What is asked. */
export interface Pinged {
  readonly destroyed: boolean;
  /** Sends a PING. `answered` is called with its answer, or with an error when there will be none. */
  ping(answered: (error: Error | null) => void): unknown;
}

export interface PingOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

interface Doubt {
  /** Settles with the answer, or when it was waited for long enough; absent from then on. Never rejects. */
  waited: Promise<void> | undefined;
  readonly waitNoMore: () => void;
}

export class Pings {
  readonly #session: Pinged;
  readonly #options: PingOptions;
  readonly #lost: () => void;
  #timer: NodeJS.Timeout | undefined;
  #doubt: Doubt | undefined;
  #stopped = false;

  /** `lost` is called when one is not answered in time. */
  constructor(session: Pinged, options: PingOptions, lost: () => void) {
    this.#session = session;
    this.#options = options;
    this.#lost = lost;
    this.#schedule();
  }

  /** Nothing has come since somebody doubted the connection. */
  get doubted(): boolean {
    return this.#doubt !== undefined;
  }

  /** Present while the answer is worth waiting for. */
  get doubt(): Promise<void> | undefined {
    return this.#doubt?.waited;
  }

  /** Asks at once. Idempotent while an answer is awaited. */
  ask(): void {
    if (this.#doubt || this.#stopped) return;
    const { promise, resolve } = withResolvers<void>();
    const limit = setTimeout(() => waitNoMore(), Math.min(doubtLimitMs, this.#options.timeoutMs)).unref();
    const waitNoMore = () => {
      clearTimeout(limit);
      doubt.waited = undefined;
      resolve();
    };
    const doubt: Doubt = { waited: promise, waitNoMore };
    this.#doubt = doubt;
    clearTimeout(this.#timer);
    this.#ping();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#believe();
  }

  #believe(): void {
    this.#doubt?.waitNoMore();
    this.#doubt = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#ping(), this.#options.intervalMs).unref();
  }

  /** Also on a session that is closed but has streams: those want to know, too. */
  #ping(): void {
    if (this.#stopped || this.#session.destroyed) return;
    let answered = false;
    // A loop that was blocked looks at its timers before it looks at what has come.
    const late = () => setImmediate(() => !answered && !this.#stopped && this.#lost());
    const timer = setTimeout(late, this.#options.timeoutMs).unref();
    this.#timer = timer;
    this.#session.ping((error) => {
      answered = true;
      clearTimeout(timer);
      if (error || this.#stopped) return;
      this.#believe();
      if (this.#timer === timer) this.#schedule();
    });
  }
}
