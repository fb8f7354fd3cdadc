/** Writes what is recorded to a file after a fault. */
import { codeOf } from "../errors.js";
import type { Logger } from "../logger.js";
import { RecordingFile } from "./recording-file.js";

export class FaultFile {
  readonly #file: RecordingFile;
  readonly #text: () => AsyncIterable<string>;
  readonly #logger: Logger;
  /** `waiting`: a fault came, and its recording is not begun yet; more that come are in it. */
  #fault: "none" | "waiting" = "none";
  #writing: Promise<void> = Promise.resolve();

  /** `text`: what is recorded when it is called. */
  constructor(path: string, text: () => AsyncIterable<string>, logger: Logger) {
    this.#file = new RecordingFile(path);
    this.#text = text;
    this.#logger = logger;
  }

  /** Something has gone wrong: what led there is written. */
  fault(): void {
    if (this.#fault === "waiting") return;
    this.#fault = "waiting";
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** Nothing is being written any more. */
  settled(): Promise<void> {
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { path } = this.#file;
    try {
      this.#fault = "none";
      await this.#file.write(this.#text());
      this.#logger.warn({ path }, "recording written after a fault: mooring replay shows what led there");
    } catch (error) {
      this.#logger.error(
        { path, code: codeOf(error) },
        "The recording of a fault could not be written (option recording.file).",
      );
    }
  }
}
