/** In a worker thread: answers who asks what it has recorded, and leaves it behind when the thread ends in order. */
import type { RuntimeRecording } from "../recording/runtime-recording.js";
import type { FromWorker } from "./worker-messages.js";

/** A thread that ends leaves no more than this behind: the main thread waits for its end. */
const mostLeftBehind = 16 * 1024 * 1024;

export class RecordingAnswers {
  readonly #recording: RuntimeRecording;
  readonly #tell: (message: FromWorker) => void;
  #telling: Promise<void> = Promise.resolve();

  constructor(recording: RuntimeRecording, tell: (message: FromWorker) => void) {
    this.#recording = recording;
    this.#tell = tell;
  }

  /** As it is now; null: unasked. */
  answer(ask: number | null): void {
    const pieces = this.#recording.text();
    this.#telling = this.#telling.then(async () => {
      for await (const text of pieces) this.#tell({ type: "recorded", ask, text });
      this.#tell({ type: "recorded", ask, text: null });
    });
  }

  /** Something has gone wrong elsewhere. */
  fault(): void {
    this.#recording.recorder.fault();
  }

  /** Resolves when everything is told, the last of it unasked. */
  async end(): Promise<void> {
    if (this.#recording.recorder.memory.bytes <= mostLeftBehind) this.answer(null);
    await this.#telling;
  }
}
