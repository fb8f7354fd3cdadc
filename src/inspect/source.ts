/** Where the feed has it all from: the recorder's steps, and the status of each registration. */

import type { Entry, RecordedActor } from "../recording/entry.js";
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
  standing(wanted?: (actor: RecordedActor) => boolean): Iterable<Standing>;
  /** Steps that are remembered, the oldest first. */
  entries(): readonly Entry[];
  registrations(): Watched;
}
