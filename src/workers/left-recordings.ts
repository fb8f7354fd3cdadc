/**
 * What threads that ended in order had recorded. Of each worker it takes part of the room that the worker has for its
 * recording: the next thread records in the rest.
 */
import type { Source } from "../recording/merged.js";

interface Left extends Source {
  /** Its text: characters, which are bytes as long as they are plain. */
  readonly size: number;
  /** In ms since 1970. */
  readonly at: number;
}

export class LeftRecordings {
  readonly #room: number;
  /** The oldest first. */
  #left: readonly Left[] = [];
  readonly #arriving = new Map<number, string[]>();
  readonly #lostAt = new Map<number, number>();

  /** `room`: of each worker, in bytes. */
  constructor(room: number) {
    this.#room = room;
  }

  /** The same objects for as long as they are kept. */
  get sources(): readonly Source[] {
    return this.#left;
  }

  /** Until when something of a worker is lost, in ms since 1970. */
  get lostAt(): ReadonlyMap<number, number> {
    return new Map(this.#lostAt);
  }

  /** A piece of what a thread leaves behind. */
  arrives(worker: number, piece: string): void {
    const pieces = this.#arriving.get(worker) ?? [];
    this.#arriving.set(worker, pieces);
    pieces.push(piece);
  }

  /** That was all. The newest stays; with it, of those before as many as there is room for. */
  arrived(worker: number): void {
    const pieces = this.#arriving.get(worker) ?? [];
    this.#arriving.delete(worker);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.#left = [...this.#left, { worker, pieces, size, at: Date.now() }];
    this.#shrink(worker, this.#room);
  }

  /** What a worker's thread had recorded is gone. */
  lost(worker: number): void {
    this.#arriving.delete(worker);
    this.#lostAt.set(worker, Date.now());
  }

  /** What the next thread of a worker has room for. `held`: what is there has to stay; else it keeps half at most. */
  roomFor(worker: number, held: boolean): number {
    if (!held) this.#shrink(worker, this.#room / 2);
    return Math.max(1, this.#room - this.#sizeOf(worker));
  }

  #sizeOf(worker: number): number {
    return this.#left.reduce((sum, left) => (left.worker === worker ? sum + left.size : sum), 0);
  }

  /** The oldest of a worker go until the rest fits. */
  #shrink(worker: number, most: number): void {
    while (this.#sizeOf(worker) > most) {
      const oldest = this.#left.find((left) => left.worker === worker);
      if (!oldest) return;
      this.#left = this.#left.filter((left) => left !== oldest);
      this.#lostAt.set(worker, Math.max(oldest.at, this.#lostAt.get(worker) ?? 0));
    }
  }
}
