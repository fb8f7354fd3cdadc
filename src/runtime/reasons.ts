/** Why a registration is where it is and what troubles it, in single lines: what `explain` says without its history. */
import { reasonLines, type Surroundings, unsavedInWords } from "./explain.js";
import { type JournalEntry, loopBlocked } from "./journal.js";
import type { RegistrationStatus } from "./status.js";

/** Which handler it was, of whichever registration of the thread; as long as it is a trouble. */
function blockOf({ signs }: RegistrationStatus, journal: readonly JournalEntry[]): readonly string[] {
  if (signs.blockedAt === null) return [];
  const block = journal.findLast(({ event }) => event === loopBlocked);
  return block?.detail === undefined ? [] : [`Last block of its thread: ${block.detail}.`];
}

/** None: nothing is wrong. */
export function reasonsOf(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  surroundings: Surroundings,
): readonly string[] {
  const { signs } = status;
  return [
    ...reasonLines(status, journal, surroundings).map((line) => line.trim()),
    ...(signs.unsavedCode === null ? [] : [`Credentials: ${unsavedInWords(signs)}.`]),
    ...blockOf(status, journal),
  ];
}
