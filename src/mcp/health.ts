/** Which registrations an agent should look at first. */
import { troublesOfStatus } from "../troubles/judged-status.js";
import { troubleRank } from "../troubles/troubles.js";
import type { Known, Snapshot } from "./source.js";

export interface Judged {
  readonly status: Known;
  /** `state.child`, or the state alone. */
  readonly state: string;
  readonly troubles: readonly string[];
}

const rankOf = ({ status, troubles }: Judged): number => troubleRank(troubles, status.ready);

/** Trouble first, what serves last; of equals the oldest. */
export function worstFirst({ registrations, at }: Snapshot): readonly Judged[] {
  return registrations
    .map((status) => ({
      status,
      state: status.child === null ? status.state : `${status.state}.${status.child}`,
      troubles: troublesOfStatus(status, at),
    }))
    .sort((a, b) => rankOf(a) - rankOf(b) || a.status.since - b.status.since);
}

/** It does not serve; or it does, and something is wrong; or its streams did not last so far. */
export const isWorthTelling = ({ status, troubles }: Judged): boolean =>
  !status.ready || troubles.length > 0 || status.attempt >= 2 || status.cause !== null;
