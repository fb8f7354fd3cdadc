/** Where answers come from: a runtime that runs, or a recording of one. Both are told in one form. */
import type { JournalEntry } from "../runtime/journal.js";
import type { RegistrationStatus, RuntimeStatus } from "../runtime/status.js";

/** What of a status a recording has, too. */
export type Known = Omit<RegistrationStatus, "arn" | "counters" | "work" | "worker" | "restarts"> &
  Partial<Pick<RegistrationStatus, "counters" | "work" | "worker" | "restarts">>;

export interface Snapshot {
  /** In words: `a running runtime`, `a recording`. */
  readonly source: string;
  /** The moment that is told of, in ms since 1970. */
  readonly at: number;
  readonly phase: RuntimeStatus["phase"] | "recorded";
  /** The address that is dialled; null where it is not known. */
  readonly gateway: string | null;
  readonly registrations: readonly Known[];
  readonly connections: readonly string[];
}

export interface Explained {
  readonly text: string;
  readonly needsAttention: boolean;
}

export interface Source {
  snapshot(): Promise<Snapshot>;
  /** Of a key that exists. */
  explain(key: string): Promise<Explained>;
  /** Oldest first. */
  journal(key: string): Promise<readonly JournalEntry[]>;
}
