/**
 * Signals of the process. As long as there is nothing to end in order, SIGINT or SIGTERM ends it at once; after
 * that each signal takes the next step (drain, then close), and the one after the last ends it whatever hangs.
 */
import { exitCodes } from "./exit-codes.js";
import { write } from "./lines.js";

interface Step {
  /** What it does, for people: `draining`. */
  readonly doing: string;
  run(): Promise<unknown>;
}

function endAtOnce(code: number): never {
  // A thread inside native code holds up the exit, where nobody listens any more: the system obeys the next signal.
  for (const signal of ["SIGINT", "SIGTERM"]) process.removeAllListeners(signal);
  process.exit(code);
}

export class Signals {
  readonly #say: (line: string) => void;
  #steps: readonly Step[] = [];
  #taken = 0;
  #resolve: (code: number) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  readonly #interrupted = () => this.#obey(exitCodes.interrupted);
  readonly #terminated = () => this.#obey(exitCodes.terminated);
  /** The exit code (130 or 143), when what a signal asked for has been done. */
  readonly obeyed = new Promise<number>((resolve, reject) => {
    this.#resolve = resolve;
    this.#reject = reject;
  });

  /** Listens from now on. */
  constructor(say: (line: string) => void = write) {
    this.#say = say;
    // Whoever waits for it meets the error; until somebody does, it is not an unhandled one.
    this.obeyed.catch(() => {});
    process.on("SIGINT", this.#interrupted);
    process.on("SIGTERM", this.#terminated);
  }

  /** Listens no more: where nobody else does, the next signal ends the process. */
  close(): void {
    process.off("SIGINT", this.#interrupted);
    process.off("SIGTERM", this.#terminated);
  }

  /** Whether one has come. */
  get received(): boolean {
    return this.#taken > 0;
  }

  /** From now on there is something to end in order. */
  endBy(...steps: readonly Step[]): void {
    this.#steps = steps;
  }

  #obey(code: number): void {
    const step = this.#steps[this.#taken];
    if (!step) return endAtOnce(code);
    this.#taken += 1;
    this.#say(`${step.doing}; Ctrl-C again ${this.#steps[this.#taken] ? "closes" : "ends the process"}`);
    step.run().then(() => this.#resolve(code), this.#reject);
  }
}
