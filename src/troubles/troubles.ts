/**
 * What may be wrong with a registration, by name. The worst first. One table for the page, the terminal and agents,
 * whatever each of them knows a registration by.
 */
import { lossesKept } from "./losses.js";
import type { Tone } from "./tone.js";

export { lossesKept } from "./losses.js";

/** What tells of trouble beside the state; part of the public status. Times in ms since 1970. */
export interface TroubleSigns {
  /** Since when it does not serve: since it last did, or since it was added; null: it serves. */
  readonly notServingSince: number | null;
  /** Links that it lost since it was added. */
  readonly losses: number;
  /** When it lost its link, the last three times, oldest first. */
  readonly lossTimes: readonly number[];
  /** Its wait is as long as waits between tries ever are. */
  readonly waitsLongest: boolean;
  /** `failing`: no token can be had. `late`: the renewal failed so far. */
  readonly credentials: "fine" | "late" | "failing";
  /** Why received credentials could not be saved, by the system's code, such as ENOSPC; null: nothing is unsaved. */
  readonly unsavedCode: string | null;
  /** The file or folder that could not be written; null: nothing is unsaved, or the store does not say. */
  readonly unsavedPath: string | null;
  /** A heartbeat was not answered in time. */
  readonly isDoubted: boolean;
  /** When a request last found the queue full; null: never. */
  readonly queueFullAt: number | null;
  /** When a message was last too large, for this side or for the gateway; null: never. */
  readonly oversizedAt: number | null;
  /** When a handler last blocked the loop; null: never. */
  readonly blockedAt: number | null;
}

/** Of one that serves, or that nothing is known of. */
export const noSigns: TroubleSigns = {
  notServingSince: null,
  losses: 0,
  lossTimes: [],
  waitsLongest: false,
  credentials: "fine",
  unsavedCode: null,
  unsavedPath: null,
  isDoubted: false,
  queueFullAt: null,
  oversizedAt: null,
  blockedAt: null,
};

/** A registration as it is judged. */
export interface Judged extends TroubleSigns {
  /** `state.child`, or the state alone. */
  readonly state: string;
  readonly tone: Tone;
  /** Ms in its state; 0 as long as nobody knows. */
  readonly forMs: number;
  readonly stopReason: string | null;
  /** Approved, and no credentials have come. */
  readonly awaitsCredentials: boolean;
  /** Events that its state did not take. */
  readonly strays: number;
  /** In ms since 1970. */
  readonly now: number;
}

const minute = 60_000;

export const flappingMs = 5 * minute;

/** Longer than a link that is lost for a moment takes to come back. */
const outageMs = 30_000;

const isLately = (at: number | null, now: number, ms: number): boolean => at !== null && now - at < ms;

export interface Trouble {
  readonly name: string;
  readonly says: string;
  readonly holds: (judged: Judged) => boolean;
}

export const troubles = [
  {
    name: "flapping",
    says: "lost its link three times within five minutes",
    holds: ({ lossTimes, now }) =>
      lossTimes.filter((at) => isLately(at, now, flappingMs)).length >= lossesKept,
  },
  {
    name: "gave up",
    says: "stopped because of a failure, and does not try again",
    holds: ({ state, stopReason }) => state === "parked" || (state === "stopped" && stopReason === "failed"),
  },
  {
    name: "refused",
    says: "somebody or a setting says no; tried again at the slow pace",
    holds: ({ state }) => state === "backoff.refused",
  },
  {
    name: "back-off at its cap",
    says: "waits as long between tries as it ever does",
    holds: ({ tone, waitsLongest }) => tone === "bad" && waitsLongest,
  },
  {
    name: "credentials failing",
    says: "the steps to a token are spent, or the token server says no",
    holds: ({ credentials }) => credentials === "failing",
  },
  {
    name: "not serving",
    says: "has not served for more than 30 seconds, however often it was tried meanwhile",
    holds: ({ tone, awaitsCredentials, notServingSince, now }) =>
      (tone === "bad" || tone === "warm") &&
      !awaitsCredentials &&
      notServingSince !== null &&
      now - notServingSince > outageMs,
  },
  {
    name: "renewal failing",
    says: "the token is not renewed yet, and its end comes nearer",
    holds: ({ credentials }) => credentials === "late",
  },
  {
    name: "credentials not saved",
    says: "its credentials are in memory alone, and lost when this process ends",
    holds: ({ unsavedCode }) => unsavedCode !== null,
  },
  {
    name: "nearly deaf",
    says: "a heartbeat was not answered in time",
    holds: ({ isDoubted }) => isDoubted,
  },
  {
    name: "handler blocks the loop",
    says: "a handler computed without a pause within the last five minutes, and everything of its thread waited, this registration too",
    holds: ({ blockedAt, now }) => isLately(blockedAt, now, 5 * minute),
  },
  {
    name: "queue full",
    says: "within the last minute requests were refused, because too many waited",
    holds: ({ queueFullAt, now }) => isLately(queueFullAt, now, minute),
  },
  {
    name: "messages too large",
    says: "within the last five minutes a message was above maxMessageBytes, and its request failed",
    holds: ({ oversizedAt, now }) => isLately(oversizedAt, now, 5 * minute),
  },
  {
    name: "approved without credentials",
    says: "approved for more than 15 seconds, and no credentials have come",
    holds: ({ awaitsCredentials, forMs }) => awaitsCredentials && forMs > 15_000,
  },
  {
    name: "pending for long",
    says: "waits for an administrator for more than five minutes",
    holds: ({ tone, forMs }) => tone === "wait" && forMs > 5 * minute,
  },
  {
    name: "stray events",
    says: "the gateway sent what its state does not take",
    holds: ({ strays }) => strays > 0,
  },
] as const satisfies readonly Trouble[];

/** The names of those that hold, the worst first. */
export const troublesIn = (judged: Judged): readonly string[] =>
  troubles.filter(({ holds }) => holds(judged)).map(({ name }) => name);

/** The place of each name in the order, the worst first. */
export const troubleRanks: ReadonlyMap<string, number> = new Map(
  troubles.map(({ name }, place) => [name, place]),
);

/** The place of its worst trouble; what has none comes after all that has, what serves last. */
export function troubleRank([worst]: readonly string[], isServing: boolean): number {
  if (worst !== undefined) return troubleRanks.get(worst) ?? 0;
  return troubleRanks.size + (isServing ? 1 : 0);
}

/** What each name means. */
export const troubleSays: ReadonlyMap<string, string> = new Map(
  troubles.map(({ name, says }) => [name, says]),
);
