/** What the page is told, in the page's own words, by what happens now or by a recording. */
import type { InspectedRegistration } from "../../src/inspect/feed-messages.js";
import type { Output } from "../../src/recording/entry.js";

export interface Fields {
  readonly [name: string]: unknown;
}

export interface ActorState {
  readonly isLive: boolean;
  /** XState's value of the state: a name, or names in names. */
  readonly value: unknown;
  readonly context: Fields;
}

/** An actor is there. Told again: from here on its steps are told anew. */
export interface ActorTold {
  readonly what: "actor";
  readonly id: string;
  /** A registration's is its key. */
  readonly name: string;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  readonly parentId: string | undefined;
  /** Undefined: its first step tells. */
  readonly state: ActorState | undefined;
}

/** What a step let out. */
export type Sent = Output;

export interface StepTold {
  readonly what: "step";
  readonly id: string;
  readonly at: number;
  readonly event: string;
  readonly facts: Fields;
  /** Who sent the event: `program`, a chart (the actor's own: a timer), a port, `gateway` or `tokenServer`. */
  readonly from: string;
  /** After it, with the whole context. */
  readonly state: ActorState;
  /** Keys of the transitions that were taken. */
  readonly taken: readonly string[];
  /** Guards that were asked, and what they said. */
  readonly asked: readonly (readonly [guard: string, said: boolean])[];
  readonly sent: readonly Sent[];
}

export interface ActorGone {
  readonly what: "gone";
  readonly id: string;
}

export type Told = ActorTold | StepTold | ActorGone;

/** Where a registration stands. */
export interface RowTold {
  readonly key: string;
  /** The actor that started it; undefined: none, or nobody knows. */
  readonly partition: string | undefined;
  /** The state with all that is below it, e.g. `streaming.pendingApproval.waiting`. */
  readonly place: string;
  /** Of the last failure; empty: nothing went wrong. */
  readonly cause: string;
  /** When it came into its public state. */
  readonly since: number;
  /** Links it has lost since somebody looks, or since the recording begins. */
  readonly lost: number;
}

/** What is known of a registration beside its state; of a recording only some of it. */
export interface Figures {
  /** Of the last heartbeat; undefined: none was answered. */
  readonly roundTripMs: number | undefined;
  readonly running: number;
  readonly queued: number;
  readonly unconfirmed: number;
  readonly processed: number;
  readonly failed: number;
  /** As in `signBits`. */
  readonly signs: number;
  readonly strays: number;
  readonly queueFullAt: number | null;
  readonly blockedAt: number | null;
  readonly oversizedAt: number | null;
  readonly lossTimes: readonly number[];
}

/** An event that a state did not take. */
export interface StrayTold {
  readonly key: string;
  readonly at: number;
  readonly event: string;
  /** `wire`: the gateway sent it; `own`: Mooring did. */
  readonly origin: string;
  /** Of a stream that had been given up. */
  readonly stale: boolean;
}

export type StatusTold = InspectedRegistration;
