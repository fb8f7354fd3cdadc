/** The form of a recording as text: one JSON object a line (docs/recording.md). */
import type { StateValue } from "xstate";
import type { ChartVersions } from "./charts.js";
import type { Asked, Output, RecordedEvent, Standpoint } from "./entry.js";
import type { ChartName, HostName, Occasion, RecordingKeep } from "./settings.js";

export const formatName = "mooring-recording";
export const formatVersion = 1;

/** The first line. Times in ms since 1970. */
export interface Header {
  readonly format: typeof formatName;
  readonly version: typeof formatVersion;
  /** The version of Mooring that has written it. */
  readonly mooring: string;
  readonly charts: ChartVersions;
  readonly startedAt: number;
  readonly writtenAt: number;
  readonly occasion: Occasion;
  readonly keep: RecordingKeep;
  /** Steps that are not in it, for want of room. */
  readonly dropped: number;
  /** The first fault; null when there was none. */
  readonly faultAt: number | null;
  /** How many worker threads there were; absent: everything in one thread. */
  readonly workers?: number;
  /** The workers of which something is not in it: no answer in time, or a thread of theirs had died. */
  readonly missing?: readonly number[];
}

/** What a header says of one recording; the rest is of the Mooring that writes it. */
export type HeaderFacts = Omit<Header, "format" | "version" | "mooring" | "charts">;

/** A policy, which registrations share and name by its number. */
export interface PolicyLine {
  readonly policy: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Before the first line of an actor. */
export interface ActorLine {
  readonly actor: number;
  readonly chart: ChartName | HostName;
  readonly key: string;
  readonly parent: number | null;
  /** In which worker thread it lives. */
  readonly worker?: number;
}

/** How an actor stood after the last of its steps that was dropped: its replay begins here. */
export interface CheckpointLine {
  readonly actor: number;
  readonly at: number;
  readonly checkpoint: {
    readonly status: Standpoint["status"];
    readonly state: StateValue;
    readonly context: Standpoint["context"];
    readonly children: readonly string[];
    readonly history: Readonly<Record<string, readonly string[]>>;
  };
}

/** What an actor has taken, how it stands then, and what it has let out. */
export interface StepLine {
  readonly actor: number;
  readonly at: number;
  readonly event: RecordedEvent;
  readonly state: StateValue;
  /** What has changed in the context. */
  readonly context?: Standpoint["context"];
  /** When it is not `active` any more. */
  readonly status?: Standpoint["status"];
  readonly sent?: readonly Output[];
  readonly random?: readonly number[];
  /** The keys of the transitions that were taken (`machines/transition-key.ts`). */
  readonly taken?: readonly string[];
  readonly asked?: readonly Asked[];
}
