/** Memory that the frames of one case are made in, one after the other; the next case makes its own there. */
import type { Random } from "./random.js";

const arenaBytes = 256 * 1024;

export class FrameArena {
  readonly #bytes = Buffer.allocUnsafeSlow(arenaBytes);
  #at = 0;
  #start = 0;

  /** What was made is overwritten from here on. */
  clear(): void {
    this.#at = 0;
  }

  /** Begins a frame; its payload follows, and then {@link finish}. */
  begin(type: number, flags: number, stream: number): this {
    this.#start = this.#at;
    this.#at += 3;
    return this.byte(type).byte(flags).number(stream);
  }

  byte(value: number): this {
    this.#bytes[this.#at++] = value;
    return this;
  }

  short(value: number): this {
    return this.byte(value >>> 8).byte(value);
  }

  /** 32 bits. */
  number(value: number): this {
    return this.short(value >>> 16).short(value);
  }

  bytes(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  random(random: Random, length: number): this {
    for (let left = length; left > 0; left--) this.byte(random.bits());
    return this;
  }

  finish(): Buffer {
    const bytes = this.#bytes;
    const length = this.#at - this.#start - 9;
    bytes[this.#start] = length >>> 16;
    bytes[this.#start + 1] = length >>> 8;
    bytes[this.#start + 2] = length;
    return bytes.subarray(this.#start, this.#at);
  }

  /** A copy of a frame, to be changed. */
  copy(frame: Buffer): Buffer {
    if (frame.length > arenaBytes - this.#at) return Buffer.from(frame);
    const start = this.#at;
    this.bytes(frame);
    return this.#bytes.subarray(start, this.#at);
  }
}
