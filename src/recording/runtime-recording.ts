/** The recording of one runtime: its memory, and the file that it is written to when something goes wrong. */
import { codeOf } from "../errors.js";
import type { Logger } from "../logger.js";
import type { Occasion } from "./format.js";
import type { Keep } from "./memory.js";
import { Recorder } from "./recorder.js";
import { RecordingFile } from "./recording-file.js";
import { recordingLines, recordingText } from "./write.js";

export interface RecordingSettings {
  readonly maxBytes: number;
  readonly keep: Keep;
  readonly file?: string;
}

export class RuntimeRecording {
  readonly recorder: Recorder;
  readonly #file: RecordingFile | undefined;
  readonly #logger: Logger;
  /** `waiting`: a fault came, and its recording is not begun yet; more that come are in it. */
  #fault: "none" | "waiting" = "none";

  constructor({ file, ...settings }: RecordingSettings, logger: Logger) {
    this.recorder = new Recorder(settings);
    this.#file = file === undefined ? undefined : new RecordingFile(file, () => performance.now());
    this.#logger = logger;
  }

  /** What is recorded now, in pieces of whole lines. */
  text(occasion: Occasion = "asked"): AsyncIterable<string> {
    return recordingText(recordingLines(this.recorder, occasion));
  }

  /** Something has gone wrong: what led there is written, when there is a file for it. */
  fault(): void {
    this.recorder.fault();
    const file = this.#file;
    if (!file || this.#fault === "waiting") return;
    this.#fault = "waiting";
    const written = file.write(() => {
      this.#fault = "none";
      return this.text("fault");
    });
    written.then(
      () =>
        this.#logger.warn({ path: file.path }, "recording written after a fault: mooring replay shows it"),
      (error: unknown) => {
        this.#fault = "none";
        this.#logger.error(
          { path: file.path, code: codeOf(error) },
          "The recording of a fault could not be written (option recording.file).",
        );
      },
    );
  }

  /** Nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#file?.settled();
  }
}
