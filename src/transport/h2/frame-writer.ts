/**
 * Writes frames one after the other into one piece of memory, which goes to the wire as one write a turn. The memory
 * is written anew when the system has taken what was in it.
 */
import { slabBytes } from "../../protocol/limits.js";
import { frameHeadBytes } from "./frame.js";
import { giveSlab, takeSlab } from "./slabs.js";
import type { Wire } from "./wire.js";

export class FrameWriter {
  readonly #wire: Wire;
  readonly #taken: () => void;
  #slab: Buffer | undefined;
  #at = 0;
  /** Bytes that the wire was given and the system has not taken. */
  #underway = 0;
  /** Told when the system has what is in the slab. */
  #waiting: (() => void)[] | undefined;

  /** `taken` is called whenever the system has taken something. */
  constructor(wire: Wire, taken: () => void) {
    this.#wire = wire;
    this.#taken = taken;
  }

  /** Bytes that were written here and that the system has not taken. */
  get untaken(): number {
    return this.#underway + this.#at;
  }

  /** The head of a frame, whose payload of `length` bytes follows. */
  head(length: number, type: number, flags: number, stream: number): void {
    const slab = this.#room(frameHeadBytes + length);
    const at = this.#at;
    slab[at] = length >>> 16;
    slab[at + 1] = length >>> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab[at + 5] = stream >>> 24;
    slab[at + 6] = stream >>> 16;
    slab[at + 7] = stream >>> 8;
    slab[at + 8] = stream;
    this.#at = at + frameHeadBytes;
  }

  bytes(bytes: Buffer, start = 0, end = bytes.length): void {
    const slab = this.#room(end - start);
    bytes.copy(slab, this.#at, start, end);
    this.#at += end - start;
  }

  /** A frame with a payload of 32 bits. */
  number(type: number, stream: number, value: number): void {
    this.head(4, type, 0, stream);
    this.#at = this.#room(4).writeUInt32BE(value, this.#at);
  }

  /** Calls `taken` when the system has all that was written by now. */
  whenTaken(taken: () => void): void {
    if (this.#at === 0) return taken();
    this.#waiting ??= [];
    this.#waiting.push(taken);
  }

  /** Hands over what was written. */
  ship(): void {
    const slab = this.#slab;
    if (!slab || this.#at === 0) return;
    const bytes = this.#at;
    const waiting = this.#waiting;
    this.#slab = undefined;
    this.#at = 0;
    this.#waiting = undefined;
    this.#underway += bytes;
    this.#wire.write(slab.subarray(0, bytes), () => {
      this.#underway -= bytes;
      giveSlab(slab);
      if (waiting) for (const taken of waiting) taken();
      this.#taken();
    });
  }

  /** At least so many bytes in one piece: no frame is larger than a slab. */
  #room(bytes: number): Buffer {
    if (this.#slab && slabBytes - this.#at < bytes) this.ship();
    this.#slab ??= takeSlab();
    return this.#slab;
  }
}
