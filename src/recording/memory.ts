/** The steps of all registrations of a runtime, in order, within a number of bytes. */
import { type Entry, type Owner, ownerOf } from "./entry.js";
import { EntryQueue } from "./entry-queue.js";
import type { RecordingKeep } from "./settings.js";

/** Of the room, what is left free for what follows a fault. */
const afterFault = 1 / 4;

export class Memory {
  readonly #maxBytes: number;
  readonly #keep: RecordingKeep;
  readonly #entries = new EntryQueue();
  #bytes = 0;
  /** Bytes up to which nothing has to be dropped. */
  #roomyUntil = 0;
  #dropped = 0;
  #state: "open" | "full" = "open";
  #faultAt: number | null = null;

  constructor(maxBytes: number, keep: RecordingKeep) {
    this.#maxBytes = maxBytes;
    this.#keep = keep;
  }

  /** Nothing more is taken: what has to stay fills the room. */
  get isFull(): boolean {
    return this.#state === "full";
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Steps that made room for others, or came when there was none. */
  get dropped(): number {
    return this.#dropped;
  }

  /** When the first fault came, in ms since 1970. */
  get faultAt(): number | null {
    return this.#faultAt;
  }

  /** The oldest first. A copy: it does not change when steps are added or dropped. */
  entries(): readonly Entry[] {
    return this.#entries.all();
  }

  /**
   * Of each of these owners the newest, at most so many, the oldest of them first. Copies, too. Looks through all steps:
   * somebody asks once in a while, and a list for each owner would cost every step.
   */
  newestOf(owners: readonly Owner[], most: number): readonly (readonly Entry[])[] {
    const found = new Map(owners.map((owner): [Owner, Entry[]] => [owner, []]));
    let incomplete = found.size;
    for (const entry of this.#entries.backwards()) {
      if (incomplete === 0) break;
      const list = found.get(ownerOf(entry.actor));
      if (!list || list.length === most) continue;
      list.push(entry);
      if (list.length === most) incomplete -= 1;
    }
    return owners.map((owner) => (found.get(owner) ?? []).toReversed());
  }

  add(entry: Entry): void {
    // A step that began before there was no more room.
    if (this.isFull) return this.miss();
    if (this.#isHeld() && this.#bytes + entry.bytes > this.#maxBytes) {
      this.#state = "full";
      return this.miss();
    }
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
    if (this.#bytes > this.#roomyUntil) this.#makeRoom();
  }

  /** A step came when there was no room any more. */
  miss(): void {
    this.#dropped += 1;
  }

  /** Something has gone wrong. */
  fault(at: number): void {
    this.#faultAt ??= at;
    this.#roomyUntil = 0;
  }

  /** Nothing that is there may be dropped. */
  #isHeld(): boolean {
    return this.#keep === "all" || (this.#keep === "fault" && this.#faultAt !== null);
  }

  #room(): number {
    return this.#keep === "fault" && this.#faultAt === null
      ? this.#maxBytes * (1 - afterFault)
      : this.#maxBytes;
  }

  #makeRoom(): void {
    const room = this.#room();
    while (this.#bytes > room) {
      const oldest = this.#entries.drop();
      if (!oldest) return;
      this.#bytes -= oldest.bytes;
      this.#dropped += 1;
    }
    // Called now and then from the beginning: V8 throws compiled code away that calls something for the first time.
    this.#roomyUntil = Math.min(room, 2 * this.#bytes);
  }
}
