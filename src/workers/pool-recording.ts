/**
 * What the registrations of all worker threads do, as one recording. Each thread records its own; here they are asked
 * and put together, and a fault in one of them is a fault of all.
 */
import type { Logger } from "../logger.js";
import { FaultFile } from "../recording/fault-file.js";
import type { Gathered, Source } from "../recording/merged.js";
import type { Occasion, RecordingSettings } from "../recording/settings.js";
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
  /** By worker: what its last thread that ended in order had recorded, as far as it is told. */
  readonly #leaving = new Map<number, string[]>();
  readonly #left = new Map<number, readonly string[]>();
  /** Workers whose thread has left all of it behind, and is about to be gone. */
  readonly #ending = new Set<number>();
  readonly #deaths = new Map<number, number>();
  #faultAt: number | null = null;

  constructor(options: PoolRecordingOptions) {
    this.#options = options;
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

  heard(worker: number, { ask, text }: RecordedPiece): void {
    if (ask !== null) return this.#asks.heard(ask, text);
    const pieces = this.#leaving.get(worker) ?? [];
    if (text !== null) {
      this.#leaving.set(worker, pieces);
      pieces.push(text);
      return;
    }
    this.#leaving.delete(worker);
    this.#left.set(worker, pieces);
    this.#ending.add(worker);
  }

  /** A worker's thread has ended; `died`: and has taken along what it had recorded. */
  gone(worker: number, how: "ended" | "died"): void {
    this.#leaving.delete(worker);
    this.#ending.delete(worker);
    if (how === "died") this.#deaths.set(worker, Date.now());
    this.#asks.gone(worker);
  }

  /** Nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#file?.settled();
  }

  async #gather(occasion: Occasion): Promise<Gathered> {
    const { settings, workers, threads } = this.#options;
    const askedAt = Date.now();
    const before = new Map(this.#left);
    const answering = threads().filter(({ number }) => !this.#ending.has(number));
    const answers = await Promise.all(
      answering.map(async (thread) => ({ worker: thread.number, pieces: await this.#asks.ask(thread) })),
    );
    const silent: number[] = [];
    const sources: Source[] = [...before].map(([worker, pieces]) => ({ worker, pieces }));
    for (const { worker, pieces } of answers) {
      // One that was ending has left its own behind.
      const left = this.#left.get(worker);
      const found = pieces ?? (left === before.get(worker) ? undefined : left);
      if (found) sources.push({ worker, pieces: found });
      else silent.push(worker);
    }
    const { keep } = settings;
    const [startedAt, faultAt, deaths] = [this.#startedAt, this.#faultAt, new Map(this.#deaths)];
    return { sources, workers, silent, deaths, startedAt, askedAt, occasion, keep, faultAt };
  }
}
