/** What a recording is made of, in memory: plain references to what the charts have taken and made, never copies. */
import type { AnyTransitionDefinition, StateValue } from "xstate";
import type { ChartName, HostName } from "./settings.js";

/** One actor of a chart, for as long as it lives. */
export interface RecordedActor {
  /** From 1, in the order of their starts, over all registrations of a runtime. */
  readonly number: number;
  readonly chart: ChartName | HostName;
  /** Of the registration that it belongs to; empty for the supervisor and the partitions. */
  readonly key: string;
  /** The number of the actor that started it: of a registration its partition, of a partition the supervisor. Null: not recorded. */
  readonly parent: number | null;
  /** In a gathered recording: in which worker thread it lives. */
  readonly worker?: number;
}

/** One whose steps can be run again. */
export interface ReplayedActor extends RecordedActor {
  readonly chart: ChartName;
}

export type RecordedEvent = { readonly type: string };

/** What a step let out, in order. Timers are left out: they follow from state and context. */
export type Output =
  /** An event for a port, for a child or for the `parent`. */
  | { readonly to: string; readonly event: RecordedEvent }
  /** A port or a child begins. The input of a child that is a chart stands in that child's own start. */
  | { readonly starts: string; readonly input?: unknown }
  | { readonly stops: string }
  /** Told to whoever listens: notes, and events that the state did not take. */
  | { readonly emits: RecordedEvent };

/** How an actor stands. */
export interface Standpoint {
  readonly status: "active" | "done" | "error" | "stopped";
  readonly state: StateValue;
  readonly context: Readonly<Record<string, unknown>>;
  /** The ids of its ports and children. */
  readonly children: readonly string[];
  /** By the id of each history state, the ids of the states that it remembers; made when it is written. */
  readonly history: Readonly<Record<string, readonly { readonly id: string }[]>>;
}

/** A guard that was asked on the way, and what it said. */
export type Asked = readonly [guard: string, said: boolean];

/** One event that one actor has taken, and what came of it. */
export interface Entry {
  readonly actor: RecordedActor;
  /** In ms since 1970. */
  readonly at: number;
  /** The start of an actor is an event of type `xstate.init`, with its input. */
  readonly event: RecordedEvent;
  /** After the event. */
  readonly after: Standpoint;
  readonly sent: readonly Output[];
  /** The random values that were drawn on the way. */
  readonly drawn: readonly number[];
  /** In their order; a transition that raises an event is followed by those that the event takes. */
  readonly taken: readonly AnyTransitionDefinition[];
  readonly asked: readonly Asked[];
  /** What it takes in memory, estimated from above. */
  readonly bytes: number;
}

/** The event that XState starts an actor with. */
export const startEvent = "xstate.init";
