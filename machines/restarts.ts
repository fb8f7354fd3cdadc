/** How often what has failed is started again, and what becomes of a registration when what hosts it has failed. */

/** Restarts after faults, of a registration, a partition or a thread: so many within the window, then it is parked. */
export const restartIntensity = {
  /** Restarts. */
  most: 3,
  /** In so many ms. */
  windowMs: 60_000,
} as const;

/** Those of the faults, with the moment of each in ms, that count at `now`. */
export const faultsWithin = <Fault extends { readonly at: number }>(
  faults: readonly Fault[],
  now: number,
): readonly Fault[] => faults.filter(({ at }) => now - at < restartIntensity.windowMs);

/** Whether so many faults within the window are too many. */
export const isTooOften = (faults: number): boolean => faults > restartIntensity.most;

/** What was asked of a registration and has not happened yet; null: nothing. */
export type Requested = "pause" | "start" | "remove" | null;

export interface FailedHost {
  readonly requested: Requested;
  /** It was paused, parked or stopped before. */
  readonly isResting: boolean;
  /** Everything drains or stops: nothing is started any more. */
  readonly isEnding: boolean;
  /** What hosted it has failed too often, and this registration is not known to be innocent. */
  readonly isTooOften: boolean;
}

/** `rest`: it goes on resting as it did. */
export type AfterFailure = "remove" | "rest" | "stop" | "pause" | "park" | "restart";

/** What becomes of a registration when its machine, its partition or its thread has failed. */
export function afterFailure({ requested, isResting, isEnding, isTooOften }: FailedHost): AfterFailure {
  if (requested === "remove") return "remove";
  if (isResting && requested !== "start") return "rest";
  if (isEnding) return "stop";
  if (requested === "pause") return "pause";
  return isTooOften ? "park" : "restart";
}

/**
 * The registrations that had a request under way at every fault (given oldest first); if none had, those that had one
 * at the last fault. Empty when no fault has a suspect.
 */
export function accusedBy(suspects: readonly (readonly string[])[]): readonly string[] {
  const [last = [], ...before] = suspects.map((keys) => [...new Set(keys)]).reverse();
  const always = last.filter((key) => before.every((keys) => keys.includes(key)));
  return always.length > 0 ? always : last;
}
