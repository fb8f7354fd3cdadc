/** Asks threads what they have recorded. One that is gone, or says nothing for long, has no answer. */
import type { RecordedPiece, ToWorker } from "./worker-messages.js";

/** For how long a thread may say nothing, in ms: a handler that computes keeps it from answering. */
const answerWithinMs = 5_000;

export interface AskedThread {
  /** Of its worker. */
  readonly number: number;
  post(command: ToWorker): void;
}

interface Ask {
  readonly worker: number;
  readonly pieces: string[];
  readonly timer: NodeJS.Timeout;
  /** Undefined: there is no answer. */
  answered(pieces: readonly string[] | undefined): void;
}

export class RecordingAsks {
  readonly #asks = new Map<number, Ask>();
  #count = 0;

  /** Undefined: it does not answer. */
  ask(thread: AskedThread): Promise<readonly string[] | undefined> {
    this.#count += 1;
    const ask = this.#count;
    return new Promise((answered) => {
      const timer = setTimeout(() => this.#end(ask, undefined), answerWithinMs);
      this.#asks.set(ask, { worker: thread.number, pieces: [], timer, answered });
      thread.post({ type: "record", ask });
    });
  }

  heard(number: number, text: RecordedPiece["text"]): void {
    const ask = this.#asks.get(number);
    if (!ask) return;
    if (text === null) return this.#end(number, ask.pieces);
    ask.timer.refresh();
    ask.pieces.push(text);
  }

  /** The worker's thread is gone. */
  gone(worker: number): void {
    for (const [number, ask] of this.#asks) if (ask.worker === worker) this.#end(number, undefined);
  }

  #end(number: number, pieces: readonly string[] | undefined): void {
    const ask = this.#asks.get(number);
    if (!ask) return;
    this.#asks.delete(number);
    clearTimeout(ask.timer);
    ask.answered(pieces);
  }
}
