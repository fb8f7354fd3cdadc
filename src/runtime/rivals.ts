/**
 * Whether somebody else takes the streams of a registration, as far as it can be told from here: the gateway ends a
 * stream in order when a newer one of the same identity comes, as it does when it is replaced itself, and says neither.
 * What tells them apart is whether it took the next try at once, and whether it ended the streams of others, too.
 */
import { type Advice, flappingAdvice, likelyRivalAdvice, rivalAdvice, sharedRivalAdvice } from "./advice.js";
import type { JournalEntry } from "./journal.js";
import { type RegistrationStatus, stateOf } from "./status.js";

/** Streams that ended at most so far apart, in ms, ended together: timers of a busy process are late by as much. */
const togetherMs = 2_000;

/** How far back ends count that lie between stable uptimes. */
const latelyMs = 300_000;

/** A copy that is there all the time takes a stable stream again and again; a gateway that is replaced does so once. */
const leastStableEnds = 3;

/** Some are enough to tell whether one registration is alone with its trouble, and thousands may ask. */
const othersLookedAt = 32;

interface Asked {
  readonly key: string;
  status(): RegistrationStatus;
}

/** Statuses of some that are not the one with this key. */
export function someOthers(all: Iterable<Asked>, key: string): readonly RegistrationStatus[] {
  const others: RegistrationStatus[] = [];
  for (const one of all) {
    if (others.length === othersLookedAt) break;
    if (one.key !== key) others.push(one.status());
  }
  return others;
}

const isEnd = ({ kind, from, state }: JournalEntry): boolean =>
  kind === "transition" &&
  from !== undefined &&
  stateOf(from) === "streaming" &&
  stateOf(state) === "backoff";

const isOrderly = (end: JournalEntry | undefined): boolean => end?.cause === "server-closed";

/** An opening or a register request that came to nothing; a newer stream ends one that is still to be accepted, too. */
const isFailedTry = (entry: JournalEntry): boolean => {
  const { kind, from, state } = entry;
  if (kind !== "transition" || from === undefined || isOrderly(entry)) return false;
  return stateOf(from) !== "streaming" && stateOf(from) !== "backoff" && stateOf(state) === "backoff";
};

/** The ends that make a rival likely, the last ones; none: too few, or another failure came last. */
function suspectEnds(
  { attempt }: RegistrationStatus,
  journal: readonly JournalEntry[],
  now: number,
): readonly JournalEntry[] {
  const ends = journal.filter(isEnd);
  const lastTwo = ends.slice(-2);
  if (attempt >= 2 && lastTwo.length === 2 && lastTwo.every(isOrderly)) return lastTwo;
  const lately = ends.filter(({ at }) => now - at < latelyMs).slice(-leastStableEnds);
  return lately.length === leastStableEnds && lately.every(isOrderly) ? lately : [];
}

/** What to think of it, and what to do; undefined: nothing points to it. `others`: some of the same runtime. */
export function rivalOf(
  status: RegistrationStatus,
  journal: readonly JournalEntry[],
  now: number,
  others: () => readonly RegistrationStatus[] = () => [],
): Advice | undefined {
  const ends = suspectEnds(status, journal, now);
  const [first] = ends;
  const last = ends.at(-1);
  if (!first || !last) return undefined;
  const between = journal.slice(journal.indexOf(first));
  const failed = between.find(isFailedTry);
  if (failed) return flappingAdvice(status.key, failed.cause ?? "");
  const losses = others().map(({ signs, ready }) => ({ times: signs.lossTimes, ready }));
  const together = losses.filter(({ times }) =>
    times.some((at) => Math.abs(at - last.at) < togetherMs),
  ).length;
  if (together > 0) return sharedRivalAdvice(status.key, together);
  const haveStayed =
    losses.length > 0 && losses.every(({ times, ready }) => ready && !times.some((at) => at >= first.at));
  return haveStayed ? likelyRivalAdvice(status.key) : rivalAdvice(status.key);
}
