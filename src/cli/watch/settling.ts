/** Acts once for many changes: when they have ceased for a while, one action at a time. */

/** A clock to wait by. */
export interface Timers {
  /** Returns how to call it off. */
  after(ms: number, run: () => void): () => void;
}

export const realTimers: Timers = {
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export interface SettlingOptions {
  /** How long there must be no change, in ms. */
  readonly quietMs: number;
  /** Never rejects. */
  readonly act: () => Promise<void>;
  readonly timers?: Timers;
}

export class Settling {
  readonly #options: SettlingOptions;
  readonly #timers: Timers;
  #state: "still" | "settling" | "acting" | "changed while acting" | "closed" = "still";
  #callOff = () => {};

  constructor(options: SettlingOptions) {
    this.#options = options;
    this.#timers = options.timers ?? realTimers;
  }

  /** Something has changed. */
  changed(): void {
    if (this.#state === "closed") return;
    if (this.#state === "acting" || this.#state === "changed while acting") {
      this.#state = "changed while acting";
      return;
    }
    this.#settle();
  }

  /** What is being done goes on; nothing more is. */
  close(): void {
    this.#state = "closed";
    this.#callOff();
  }

  #settle(): void {
    this.#callOff();
    this.#state = "settling";
    this.#callOff = this.#timers.after(this.#options.quietMs, () => void this.#act());
  }

  async #act(): Promise<void> {
    this.#state = "acting";
    await this.#options.act();
    // The compiler does not know that others have written it meanwhile.
    const state = this.#state as "acting" | "changed while acting" | "closed";
    if (state === "changed while acting") this.#settle();
    else if (state === "acting") this.#state = "still";
  }
}
