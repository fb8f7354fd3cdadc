/**
 * What the registrations of all worker threads do, as one recording. Each thread records its own; here they are asked
 * and put together, and a fault in one of them is a fault of all.
 */
import type { Logger } from "../logger.js";
import { FaultFile } from "../recording/fault-file.js";
import type { Gathered, Source } from "../recording/merged.js";
import type { Occasion, RecordingSettings } from "../recording/settings.js";
import { LeftRecordings } from "./left-recordings.js";
import { type AskedThread, RecordingAsks } from "./recording-asks.js";
import type { RecordedPiece } from "./worker-messages.js";

export interface PoolRecordingOptions {
  readonly settings: RecordingSettings;
  /** How many there are. */
  readonly workers: number;
  /** Those that are there now. */
  readonly threads: () => readonly AskedThread[];
  readonly logger: Logger;
}

/** What each of so many workers has room for. */
export const shareOf = ({ maxBytes, keep }: RecordingSettings, workers: number) => ({
  maxBytes: Math.ceil(maxBytes / workers),
  keep,
});

/** Few ever ask: its code is loaded when somebody does. */
async function* textOf(gathered: Promise<Gathered>): AsyncGenerator<string, void> {
  const { mergedText } = await import("../recording/merged.js");
  yield* mergedText(await gathered);
}

export class PoolRecording {
  readonly #options: PoolRecordingOptions;
  readonly #file: FaultFile | undefined;
  readonly #startedAt = Date.now();
  readonly #asks = new RecordingAsks();
  readonly #left: LeftRecordings;
  /** Workers whose thread has left all of it behind, and is about to be gone. */
  readonly #ending = new Set<number>();
  #faultAt: number | null = null;

  constructor(options: PoolRecordingOptions) {
    this.#options = options;
    this.#left = new LeftRecordings(shareOf(options.settings, options.workers).maxBytes);
    const { file } = options.settings;
    this.#file =
      file === undefined ? undefined : new FaultFile(file, () => this.text("fault"), options.logger);
  }

  /** What is recorded now, in pieces of whole lines. Threads that do not answer are named in its header. */
  text(occasion: Occasion = "asked"): AsyncIterable<string> {
    return textOf(this.#gather(occasion));
  }

  /** Something has gone wrong in a thread, or here. */
  fault(): void {
    this.#faultAt ??= Date.now();
    for (const thread of this.#options.threads()) thread.post({ type: "fault" });
    this.#file?.fault();
  }

  heard(worker: number, piece: RecordedPiece): void {
    const { ask, text, isIncomplete } = piece;
    if (ask !== null) return this.#asks.heard(ask, piece);
    if (text !== null) return this.#left.arrives(worker, text);
    if (isIncomplete) this.#left.lost(worker);
    else this.#left.arrived(worker);
    this.#ending.add(worker);
  }

  /** What a thread that begins in a worker has room for, in bytes. */
  roomFor(worker: number): number {
    const { keep } = this.#options.settings;
    return this.#left.roomFor(worker, keep === "all" || (keep === "fault" && this.#faultAt !== null));
  }

  /** A worker's thread has ended; `died`: and has taken along what it had recorded. */
  gone(worker: number, how: "ended" | "died"): void {
    this.#ending.delete(worker);
    if (how === "died") this.#left.lost(worker);
    this.#asks.gone(worker);
  }

  /** Nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#file?.settled();
  }

  async #gather(occasion: Occasion): Promise<Gathered> {
    const { settings, workers, threads } = this.#options;
    const askedAt = Date.now();
    const before = this.#left.sources;
    const answering = threads().filter(({ number }) => !this.#ending.has(number));
    const answers = await Promise.all(
      answering.map(async (thread) => ({ worker: thread.number, pieces: await this.#asks.ask(thread) })),
    );
    const silent: number[] = [];
    const sources: Source[] = [...before];
    for (const { worker, pieces } of answers) {
      // One that was ending has left its own behind.
      const left = this.#left.sources.findLast((one) => one.worker === worker && !before.includes(one));
      const found = pieces ? { worker, pieces } : left;
      if (found) sources.push(found);
      else silent.push(worker);
    }
    const { keep } = settings;
    const [startedAt, faultAt, { lostAt }] = [this.#startedAt, this.#faultAt, this.#left];
    return { sources, workers, silent, lostAt, startedAt, askedAt, occasion, keep, faultAt };
  }
}
