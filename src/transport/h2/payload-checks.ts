/** What frames of the connection have in common: no stream, and mostly one length (RFC 9113, section 6). */
import { ConnectionFault } from "./faults.js";
import type { FrameHead } from "./frame.js";

export function checkStream({ stream }: FrameHead, what: string): void {
  if (stream !== 0) throw new ConnectionFault("PROTOCOL_ERROR", `${what} of a stream`);
}

export function checkLength({ length }: FrameHead, expected: number, what: string): void {
  if (length !== expected) throw new ConnectionFault("FRAME_SIZE_ERROR", `${what} of ${length} bytes`);
}
