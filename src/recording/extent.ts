/** Which lines of a recording lead to a moment. */
import type { RecordedLine, Recording } from "./read.js";

/** What stood still when a recording was written had stood so from its beginning. */
export const stoodStill = (line: RecordedLine, writtenAt: number): boolean =>
  line.kind === "checkpoint" && line.at === writtenAt;

/** In their order; undefined: all. */
export function* linesUntil(
  { header, lines }: Pick<Recording, "header" | "lines">,
  at: number | undefined,
): Generator<RecordedLine> {
  let isOver = false;
  for (const line of lines) {
    isOver ||= at !== undefined && line.at > at;
    if (!isOver || stoodStill(line, header.writtenAt)) yield line;
  }
}
