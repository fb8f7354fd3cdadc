/** The public status of a registration, as it is judged for troubles. */
import { toneOf } from "./tone.js";
import { type Judged, type TroubleSigns, troublesIn } from "./troubles.js";

/** What is taken of the status. */
export interface StatusFacts {
  readonly state: string;
  readonly child: string | null;
  readonly tags: readonly string[];
  readonly since: number;
  readonly stopReason: string | null;
  readonly advice: string | null;
  readonly unexpectedEvents: number;
  readonly signs: TroubleSigns;
}

/** `now` in ms since 1970. */
export function judgedStatus(status: StatusFacts, now: number): Judged {
  const { state, child, tags, since, stopReason, advice, unexpectedEvents, signs } = status;
  return {
    ...signs,
    state: child === null ? state : `${state}.${child}`,
    tone: toneOf(new Set(tags), state),
    forMs: now - since,
    stopReason,
    awaitsCredentials:
      advice === "credentialsDue" || (child === "pendingApproval" && !tags.includes("waitsForPerson")),
    strays: unexpectedEvents,
    now,
  };
}

/** The names of a registration's troubles, the worst first. */
export const troublesOfStatus = (status: StatusFacts, now: number): readonly string[] =>
  troublesIn(judgedStatus(status, now));
