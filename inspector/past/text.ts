/** The text of a recording, as bytes: of its lines only those are read again that somebody looks at. */
import type { StepLine } from "../../src/recording/format.js";

const newline = 0x0a;
const utf8 = new TextDecoder();

export class RecordingBytes {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  line(offset: number, size: number): string {
    return utf8.decode(this.bytes.subarray(offset, offset + size));
  }

  /** Each line with its place, from a place on. */
  *lines(from = 0): Generator<{ readonly text: string; readonly offset: number; readonly size: number }> {
    const { length } = this.bytes;
    for (let offset = from; offset < length; ) {
      const end = this.bytes.indexOf(newline, offset);
      const size = (end < 0 ? length : end) - offset;
      yield { text: this.line(offset, size).replace(/\r$/, ""), offset, size };
      offset += size + 1;
    }
  }

  /** What was read before, and was right then. */
  parsed(offset: number, size: number): StepLine {
    return JSON.parse(this.line(offset, size));
  }
}
