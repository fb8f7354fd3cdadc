/** The recording of one runtime: its memory, and the file that it is written to when something goes wrong. */
import { codeOf } from "../errors.js";
import type { Logger } from "../logger.js";
import { type Picture, pictureOf } from "./picture.js";
import { Recorder } from "./recorder.js";
import { RecordingFile } from "./recording-file.js";
import type { Occasion, RecordingSettings } from "./settings.js";

/** Few ever write one: its code is loaded when somebody does. */
async function* textOf(picture: Picture): AsyncGenerator<string, void> {
  const { recordingText } = await import("./write.js");
  yield* recordingText(picture);
}

export class RuntimeRecording {
  readonly recorder: Recorder;
  readonly #file: RecordingFile | undefined;
  readonly #logger: Logger;
  /** `waiting`: a fault came, and its recording is not begun yet; more that come are in it. */
  #fault: "none" | "waiting" = "none";
  #writing: Promise<void> = Promise.resolve();

  constructor({ file, ...settings }: RecordingSettings, logger: Logger) {
    this.recorder = new Recorder(settings);
    this.#file = file === undefined ? undefined : new RecordingFile(file);
    this.#logger = logger;
  }

  /** What is recorded now, in pieces of whole lines. */
  text(occasion: Occasion = "asked"): AsyncIterable<string> {
    return textOf(pictureOf(this.recorder, occasion));
  }

  /** Something has gone wrong: what led there is written, when there is a file for it. */
  fault(): void {
    this.recorder.fault();
    const file = this.#file;
    if (!file || this.#fault === "waiting") return;
    this.#fault = "waiting";
    this.#writing = this.#writing.then(() => this.#write(file));
  }

  /** Nothing is being written any more. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(file: RecordingFile): Promise<void> {
    try {
      this.#fault = "none";
      await file.write(this.text("fault"));
      this.#logger.warn(
        { path: file.path },
        "recording written after a fault: mooring replay shows what led there",
      );
    } catch (error) {
      this.#logger.error(
        { path: file.path, code: codeOf(error) },
        "The recording of a fault could not be written (option recording.file).",
      );
    }
  }
}
