/** The steps of all registrations of a runtime, in order, within a number of bytes. */
import type { Entry } from "./entry.js";
import type { RecordingKeep } from "./settings.js";

/** Of the room, what is left free for what follows a fault. */
const afterFault = 1 / 4;

/** What was dropped at the front of the list is cut off when it is as much as this, and half of the list. */
const cutAt = 1_024;

export class Memory {
  readonly #maxBytes: number;
  readonly #keep: RecordingKeep;
  #entries: (Entry | undefined)[] = [];
  /** The place of the oldest entry in the list. */
  #first = 0;
  #bytes = 0;
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
    return this.#entries.slice(this.#first) as Entry[]; // holes are before #first only
  }

  add(entry: Entry): void {
    if (this.#isHeld() && this.#bytes + entry.bytes > this.#maxBytes) {
      this.#state = "full";
      return this.miss();
    }
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    while (this.#bytes > this.#room()) this.#drop();
  }

  /** A step came when there was no room any more. */
  miss(): void {
    this.#dropped += 1;
  }

  /** Something has gone wrong. */
  fault(at: number): void {
    this.#faultAt ??= at;
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

  #drop(): void {
    this.#bytes -= this.#entries[this.#first]?.bytes ?? 0;
    this.#entries[this.#first] = undefined;
    this.#first += 1;
    this.#dropped += 1;
    if (this.#first < cutAt || this.#first * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }
}
