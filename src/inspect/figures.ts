/** What the status of a registration says beside its state, in a row of numbers. */
import { signBits } from "./feed-messages.js";
import type { WatchedStatus } from "./source.js";

const credentials = {
  fine: 0,
  late: signBits.credentialsLate,
  failing: signBits.credentialsFailing,
} as const;

function signsOf({ state, stopReason, advice, signs }: WatchedStatus): number {
  const gaveUp = state === "parked" || (state === "stopped" && stopReason === "failed");
  return (
    credentials[signs.credentials] +
    (signs.waitsLongest ? signBits.waitsLongest : 0) +
    (signs.isDoubted ? signBits.doubted : 0) +
    (gaveUp ? signBits.gaveUp : 0) +
    (signs.unsavedCode === null ? 0 : signBits.unsaved) +
    (advice === "credentialsDue" ? signBits.awaitsCredentials : 0)
  );
}

/** A `FiguresRow` without its first number. Whole milliseconds: what differs by less is not told again. */
export function figuresOf(status: WatchedStatus): readonly number[] {
  const { roundTripMs, work, counters, unexpectedEvents, signs } = status;
  return [
    roundTripMs === null ? -1 : Math.round(roundTripMs * 10) / 10,
    work.running,
    work.queued,
    work.unconfirmed,
    counters.requests_processed,
    counters.requests_failed,
    signsOf(status),
    unexpectedEvents,
    signs.queueFullAt ?? 0,
    signs.blockedAt ?? 0,
    signs.oversizedAt ?? 0,
    ...signs.lossTimes,
  ];
}
