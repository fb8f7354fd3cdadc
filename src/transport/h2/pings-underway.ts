/** PINGs that wait for their answers, which carry what was sent: a number. When to ask is decided elsewhere. */
import { FrameType } from "./frame.js";
import type { FrameWriter } from "./frame-writer.js";

type Answered = () => void;

export class PingsUnderway {
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<bigint, Answered>();
  #last = 0n;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  send(answered: Answered): void {
    this.#last += 1n;
    this.#waiting.set(this.#last, answered);
    const payload = Buffer.alloc(8);
    payload.writeBigUInt64BE(this.#last);
    this.#writer.head(payload.length, FrameType.PING, 0, 0);
    this.#writer.bytes(payload);
  }

  /** Returns whether the payload is that of a PING of ours. */
  answered(bytes: Buffer, start: number): boolean {
    const number = bytes.readBigUInt64BE(start);
    const answered = this.#waiting.get(number);
    if (!answered) return false;
    this.#waiting.delete(number);
    answered();
    return true;
  }
}
