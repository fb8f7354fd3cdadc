/** What the feed reads: the recorder's steps, and the status of each registration. */

import type { Entry, Owner } from "../recording/entry.js";
import type { Standing } from "../recording/recorder.js";
import type { TroubleSigns } from "../troubles/troubles.js";
import type { InspectedRegistration } from "./feed-messages.js";

/** What the feed takes of a registration's status. */
export interface WatchedStatus extends InspectedRegistration {
  readonly stopReason: string | null;
  readonly advice: string | null;
  readonly unexpectedEvents: number;
  readonly signs: TroubleSigns;
  readonly roundTripMs: number | null;
  readonly work: { readonly running: number; readonly queued: number; readonly unconfirmed: number };
  readonly counters: { readonly requests_processed: number; readonly requests_failed: number };
}

/** Registrations by their keys, in the order in which they were added. */
export type Watched = ReadonlyMap<string, { status(): WatchedStatus }>;

export interface FeedSource {
  /** Every step from now on. Returns how to leave. */
  listen(listener: (entry: Entry) => void): () => void;
  /** The actors that live now, those that host others first. */
  standing(): Iterable<Standing>;
  standingOf(owner: Owner): Iterable<Standing>;
  /** Of each owner, the newest steps that are remembered, at most so many, the oldest of them first. */
  newestOf(owners: readonly Owner[], most: number): readonly (readonly Entry[])[];
  registrations(): Watched;
  /** Why a registration is where it is and what a person can do, in the words of `explain`. */
  reasons?(key: string): readonly string[];
}
