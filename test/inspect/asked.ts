import type { JournalEntry } from "mooring";

/** What was asked of a registration, in the words of its journal. */
export const asked = (journal: readonly JournalEntry[]): readonly string[] =>
  journal.flatMap(({ event, detail = "" }) => (event === "control" ? [detail] : []));
