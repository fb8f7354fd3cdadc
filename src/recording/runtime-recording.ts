/** The recording of the registrations of one thread: its memory, and what follows a fault. */
import type { Logger } from "../logger.js";
import { FaultFile } from "./fault-file.js";
import { type Picture, pictureOf } from "./picture.js";
import { Recorder } from "./recorder.js";
import type { Occasion, RecordingSettings } from "./settings.js";

/** Few ever write one: its code is loaded when somebody does. */
async function* textOf(picture: Picture): AsyncGenerator<string, void> {
  const { recordingText } = await import("./write.js");
  yield* recordingText(picture);
}

export class RuntimeRecording {
  readonly recorder: Recorder;
  readonly #file: FaultFile | undefined;
  readonly #faulted: () => void;

  /** `faulted`: told of each fault, for example because others have the file. */
  constructor({ file, ...settings }: RecordingSettings, logger: Logger, faulted: () => void = () => {}) {
    this.recorder = new Recorder(settings);
    this.#file = file === undefined ? undefined : new FaultFile(file, () => this.text("fault"), logger);
    this.#faulted = faulted;
  }

  /** What is recorded now, in pieces of whole lines. */
  text(occasion: Occasion = "asked"): AsyncIterable<string> {
    return textOf(pictureOf(this.recorder, occasion));
  }

  /** Something has gone wrong: what led there is written, when there is a file for it. */
  fault(): void {
    this.recorder.fault();
    this.#file?.fault();
    this.#faulted();
  }

  /** Nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#file?.settled();
  }
}
