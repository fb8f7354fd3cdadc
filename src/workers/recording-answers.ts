/** In a worker thread: answers who asks what it has recorded, and leaves it behind when the thread ends in order. */
import type { RuntimeRecording } from "../recording/runtime-recording.js";
import { portableError } from "./portable-error.js";
import type { FromWorker } from "./worker-messages.js";

/** A thread that ends leaves no more than this behind: the main thread waits for its end. */
const mostLeftBehind = 16 * 1024 * 1024;

export class RecordingAnswers {
  readonly #recording: RuntimeRecording;
  readonly #tell: (message: FromWorker) => void;
  /** Never rejects: each answer is made whatever became of those before. */
  #telling: Promise<void> = Promise.resolve();

  constructor(recording: RuntimeRecording, tell: (message: FromWorker) => void) {
    this.#recording = recording;
    this.#tell = tell;
  }

  /** As it is now; null: unasked. */
  answer(ask: number | null): void {
    try {
      const pieces = this.#recording.text();
      this.#telling = this.#telling.then(() => this.#tellAll(ask, pieces));
    } catch (error) {
      this.#fail(ask, error);
    }
  }

  /** Something has gone wrong elsewhere. */
  fault(): void {
    this.#recording.recorder.fault();
  }

  /** Resolves when everything is told, the last of it unasked. */
  async end(): Promise<void> {
    const leaves = this.#recording.recorder.memory.bytes <= mostLeftBehind;
    if (leaves) this.answer(null);
    await this.#telling;
    if (!leaves) this.#giveUp(null);
  }

  async #tellAll(ask: number | null, pieces: AsyncIterable<string>): Promise<void> {
    try {
      for await (const text of pieces) this.#tell({ type: "recorded", ask, text });
      this.#tell({ type: "recorded", ask, text: null });
    } catch (error) {
      this.#fail(ask, error);
    }
  }

  #fail(ask: number | null, error: unknown): void {
    this.#giveUp(ask);
    this.#say({
      type: "log",
      level: "error",
      fields: { err: portableError(error) },
      message: "what this thread has recorded could not be told",
    });
  }

  #giveUp(ask: number | null): void {
    this.#say({ type: "recorded", ask, text: null, isIncomplete: true });
  }

  /** Where even this cannot be told, nobody waits: the main thread, or the way to it, is gone. */
  #say(message: FromWorker): void {
    try {
      this.#tell(message);
    } catch {
      // There is nobody to tell.
    }
  }
}
