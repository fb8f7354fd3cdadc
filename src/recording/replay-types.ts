/** What a replay is asked for, and what it tells. */
import type { ChartName } from "./settings.js";

/** Where in a chart something is decided. */
export interface ChartPart {
  /** Of Mooring's sources, such as `machines/registration/streaming.ts`. */
  readonly file: string;
  /** Null where the sources are not there, as in the published package. */
  readonly line: number | null;
  /** The state's path within its chart, such as `connection.linked.streaming.serving`. */
  readonly state: string;
}

/**
 * What differs: the `state`, the `status` of the actor, a field of the `context`, what was `sent`, a `timer` that
 * fired without being set, the number of `random` values drawn, or the chart has no such state (`checkpoint`).
 */
export type Difference =
  | "state"
  | "status"
  | "context"
  | "sent"
  | "timer"
  | "random"
  | "checkpoint"
  | "ended";

/** The first step of an actor that does not come out as it was recorded. */
export interface Divergence {
  /** Of the recording's text, from 1. */
  readonly line: number;
  /** In ms since 1970. */
  readonly at: number;
  /** Of the registration. */
  readonly key: string;
  /** Whose step it is. */
  readonly chart: ChartName;
  /** What the actor had taken, such as `stream.ended` or `after backoffDelay`. */
  readonly event: string;
  /** Which part of the step differs. */
  readonly what: Difference;
  /** What was recorded: the path of the state, or a value as JSON. */
  readonly recorded: string;
  /** The same as the replay has it. */
  readonly replayed: string;
  /** The part of the chart that decides about the event in the state before it. */
  readonly part: ChartPart;
  /** All of it in a sentence. */
  readonly message: string;
}

/** Where a registration came to stand. */
export interface Movement {
  /** In ms since 1970. */
  readonly at: number;
  /** Of the recording's text, from 1. */
  readonly line: number;
  /** Of the registration. */
  readonly key: string;
  /** Null: it began there, or its recording does. */
  readonly from: string | null;
  /** `streaming.serving`, `backoff.transient`, … */
  readonly to: string;
  /** What led there, such as `stream.ended`. */
  readonly event: string;
  /** Why the last step failed, such as `unreachable (ECONNREFUSED)`; null when it did not. */
  readonly cause: string | null;
}

/** Options of `replay`: which part of a recording is replayed. */
export interface ReplayOptions {
  /**
   * Only this registration, by its key.
   * @default all of them
   */
  readonly key?: string;
  /**
   * Up to this moment: a `Date`, or ms since 1970.
   * @default to the end
   */
  readonly at?: Date | number;
  /**
   * Until a registration comes into this state, such as `backoff.refused`, `serving` or `backoff` with all below it.
   * @default to the end
   */
  readonly until?: string;
}

/** How a replay went. */
export interface ReplayResult {
  /** Where each registration stands at the end, by its key: `streaming.serving`; `diverged` where that is not known. */
  readonly states: Readonly<Record<string, string>>;
  /** How many registrations there are. */
  readonly registrations: number;
  /** Events that were replayed. */
  readonly steps: number;
  /** Events that were left out, because their actor had diverged before. */
  readonly skipped: number;
  /** The first that came out otherwise than it was recorded; null: none did. */
  readonly divergence: Divergence | null;
  /** How many actors diverged. */
  readonly divergences: number;
  /** Every state that a registration came into, once. */
  readonly statesReached: readonly string[];
  /** Which registration came where, and why, in order. */
  readonly movements: readonly Movement[];
  /** The movement that `until` asks for; null when there was none, or `until` was not given. */
  readonly reached: Movement | null;
  /** When the recording began, in ms since 1970. */
  readonly startedAt: number;
  /** When the recording was written, in ms since 1970. */
  readonly writtenAt: number;
  /** Events that were not kept, for want of room. */
  readonly dropped: number;
  /** Workers of which something is not in the recording: a thread had died, or did not answer. */
  readonly missing: readonly number[];
  /** Which Mooring has written it. */
  readonly mooring: string;
  /** Charts that are another version here than where it was recorded: a divergence may come from that. */
  readonly changedCharts: readonly ChartName[];
}
