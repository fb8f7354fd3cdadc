/** Puts header blocks together: HEADERS, and the CONTINUATION frames that may follow (RFC 9113, sections 6.2 and 6.10). */
import { frameLimits } from "../../protocol/limits.js";
import { ConnectionFault } from "./faults.js";
import { Flag, type FrameHead } from "./frame.js";
import { withoutPadding } from "./padding.js";

const priorityBytes = 5;

/** A header block that is whole: `bytes[start, end)`. */
export interface HeaderBlock {
  readonly stream: number;
  /** The peer's half ends with it. */
  readonly isLast: boolean;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/** A block whose end has not come. */
interface Begun {
  readonly stream: number;
  readonly isLast: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export class HeaderBlocks {
  #begun: Begun | undefined;

  /** Throws {@link ConnectionFault} unless a frame of this type and stream may come now: a block is not interrupted. */
  checkTurn(isContinuation: boolean, stream: number): void {
    const begun = this.#begun;
    if (begun && !(isContinuation && stream === begun.stream))
      throw new ConnectionFault("PROTOCOL_ERROR", "another frame within a header block");
    if (!begun && isContinuation)
      throw new ConnectionFault("PROTOCOL_ERROR", "CONTINUATION without a header block before it");
  }

  /** The payload of a HEADERS frame. Returns the block when it is whole. Throws {@link ConnectionFault}. */
  begin(head: FrameHead, bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    const { flags, stream } = head;
    const content = withoutPadding(head, bytes, start, end);
    const from = content.start + (flags & Flag.PRIORITY ? priorityBytes : 0);
    if (from > content.end)
      throw new ConnectionFault("FRAME_SIZE_ERROR", "HEADERS too short for their priority");
    const isLast = (flags & Flag.END_STREAM) !== 0;
    if (flags & Flag.END_HEADERS) return { stream, isLast, bytes, start: from, end: content.end };
    this.#begun = {
      stream,
      isLast,
      parts: [Buffer.from(bytes.subarray(from, content.end))],
      bytes: content.end - from,
    };
    return undefined;
  }

  /** The payload of a CONTINUATION frame, as above. */
  continue({ flags }: FrameHead, bytes: Buffer, start: number, end: number): HeaderBlock | undefined {
    const begun = this.#begun;
    if (!begun) return undefined;
    begun.parts.push(Buffer.from(bytes.subarray(start, end)));
    begun.bytes += end - start;
    if (begun.parts.length > frameLimits.continuations + 1)
      throw new ConnectionFault(
        "ENHANCE_YOUR_CALM",
        `a header block of more than ${frameLimits.continuations} CONTINUATION frames`,
      );
    if (begun.bytes > frameLimits.headerListBytes)
      throw new ConnectionFault(
        "ENHANCE_YOUR_CALM",
        `a header block of more than ${frameLimits.headerListBytes} bytes`,
      );
    if ((flags & Flag.END_HEADERS) === 0) return undefined;
    this.#begun = undefined;
    const whole = Buffer.concat(begun.parts, begun.bytes);
    return { stream: begun.stream, isLast: begun.isLast, bytes: whole, start: 0, end: whole.length };
  }
}
