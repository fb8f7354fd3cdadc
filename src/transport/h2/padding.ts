/** Padding of DATA and HEADERS (RFC 9113, section 6.1): a length before what counts, and so many bytes after it. */
import { ConnectionFault } from "./faults.js";
import { Flag, type FrameHead } from "./frame.js";

/** Where in a payload `bytes[start, end)` that is which counts. Throws {@link ConnectionFault}. */
export function withoutPadding(
  { flags }: FrameHead,
  bytes: Buffer,
  start: number,
  end: number,
): { readonly start: number; readonly end: number } {
  if ((flags & Flag.PADDED) === 0) return { start, end };
  if (start === end)
    throw new ConnectionFault("FRAME_SIZE_ERROR", "a padded frame without a length of its padding");
  const padding = bytes[start] as number;
  if (padding >= end - start) throw new ConnectionFault("PROTOCOL_ERROR", "padding longer than its frame");
  return { start: start + 1, end: end - padding };
}
