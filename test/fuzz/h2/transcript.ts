/** The wire of a case: what is written to it is kept in one piece of memory, which the next case uses again. */
import type { Wire } from "../../../src/transport/h2/wire.js";
import { preface, types } from "../../transport/h2/support/frames.js";

/** What waits for the system, as on a socket that nobody reads. */
interface Held {
  readonly bytes: Buffer;
  /** Where its copy is. */
  readonly at: number;
  readonly taken: () => void;
}

export class Transcript implements Wire {
  #bytes = Buffer.allocUnsafeSlow(256 * 1024);
  #length = 0;
  #held: Held[] = [];
  isDestroyed = false;
  /** `false`: what is written waits. */
  takes = true;
  /** Bytes that wait. */
  heldBytes = 0;

  get bytes(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** For the next case. */
  clear(): void {
    this.#length = 0;
    this.#held = [];
    this.isDestroyed = false;
    this.takes = true;
    this.heldBytes = 0;
  }

  write(bytes: Buffer, taken: () => void): void {
    if (this.isDestroyed) throw new Error("written after its end");
    const at = this.#length;
    while (at + bytes.length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], 2 * this.#bytes.length);
    this.#bytes.set(bytes, at);
    this.#length += bytes.length;
    if (this.takes) return taken();
    this.#held.push({ bytes, at, taken });
    this.heldBytes += bytes.length;
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The system takes all that waits. */
  takeAll(): void {
    this.takes = true;
    this.heldBytes = 0;
    const held = this.#held;
    this.#held = [];
    for (const { bytes, at, taken } of held) {
      if (bytes.compare(this.#bytes, at, at + bytes.length) !== 0)
        throw new Error("written anew before the system had taken it");
      taken();
    }
  }

  /** All but what streams were given back, which depends on where the peer's bytes are cut. */
  get essence(): Buffer {
    const kept: Buffer[] = [this.#bytes.subarray(0, preface.length)];
    for (let at = preface.length; at < this.#length; ) {
      const end = at + 9 + this.#bytes.readUIntBE(at, 3);
      const isGivenBack =
        this.#bytes[at + 3] === types.WINDOW_UPDATE && this.#bytes.readUInt32BE(at + 5) !== 0;
      if (!isGivenBack) kept.push(this.#bytes.subarray(at, end));
      at = end;
    }
    return Buffer.concat(kept);
  }

  equals(other: Transcript): boolean {
    return (
      this.#length === other.#length &&
      this.#bytes.compare(other.#bytes, 0, this.#length, 0, this.#length) === 0
    );
  }
}
