/** What the feed says to a viewer, version 1. docs/inspection.md says where it is described for people. */

/** Changes when a viewer of before would misread a message. New messages and new fields do not change it. */
export const feedVersion = 1;

/** The first of all: who speaks. */
export interface HelloMessage {
  /** Tells the kinds apart. */
  readonly what: "hello";
  /** Of the feed's form. */
  readonly version: typeof feedVersion;
  /** The version of Mooring. */
  readonly mooring: string;
  /** A hash of each chart, as in a recording. */
  readonly charts: Readonly<Record<string, string>>;
  /** The time where the runtime is, in ms since 1970. */
  readonly at: number;
  /** By what the viewer is called when it says what it looks at. */
  readonly viewer: number;
}

/** Words that numbers of other messages stand for, each told once. The first, number 0, is the empty word. */
export interface NamesMessage {
  /** Tells the kinds apart. */
  readonly what: "names";
  /** The number of the first of them. */
  readonly from: number;
  /** The words, in the order of their numbers. */
  readonly names: readonly string[];
}

/** The supervisor or a partition: its number, chart, name, and who started it (null: nobody). */
export type HostRow = readonly [actor: number, chart: string, name: string, parent: number | null];

/** The supervisor and the partitions came or went. */
export interface HostsMessage {
  /** Tells the kinds apart. */
  readonly what: "hosts";
  /** New ones. */
  readonly came?: readonly HostRow[];
  /** Numbers of those that ended. */
  readonly gone?: readonly number[];
}

/** A registration that is new to the viewer: its number in the feed, its key, and the number of its partition. */
export type NewRow = readonly [registration: number, key: string, partition: number | null];

/**
 * Where a registration stands: the state with all that is below it and the cause of the last failure, as numbers of
 * names; since when, in ms since 1970; how many links it has lost since somebody looks.
 */
export type MovedRow = readonly [
  registration: number,
  state: number,
  cause: number,
  since: number,
  lost: number,
];

/** All registrations at first, then what has changed: of each the newest only. Read in this order. */
export interface FleetMessage {
  /** Tells the kinds apart. */
  readonly what: "fleet";
  /** New ones; a known number again: it was started anew, by another partition perhaps. */
  readonly came?: readonly NewRow[];
  /** Those that stand elsewhere now. */
  readonly moved?: readonly MovedRow[];
  /** Numbers of those that are removed. */
  readonly gone?: readonly number[];
}

/** Signs of a row of figures; their sum is told. */
export const signBits = {
  /** Waits as long between tries as it ever does. */
  waitsLongest: 1,
  /** Its token is not renewed yet. */
  credentialsLate: 2,
  /** No token can be had. */
  credentialsFailing: 4,
  /** A heartbeat was not answered in time. */
  doubted: 8,
  /** Stopped because of a failure. */
  gaveUp: 16,
  /** Approved, and no credentials have come. */
  awaitsCredentials: 32,
  /** Its credentials are in memory alone. */
  unsaved: 64,
} as const;

/**
 * Of a registration: time of its last heartbeat and back in ms (-1: none was answered); requests that run, wait for a
 * place, are not confirmed; requests answered with a result, and with an error, since its start; its signs; events that
 * its state did not take; when a request last found the queue full, when a handler last blocked the loop, and when a
 * message was last too large, in ms since 1970 (0: never); then when it lost its link, up to three times.
 */
export type FiguresRow = readonly [
  registration: number,
  roundTripMs: number,
  running: number,
  queued: number,
  unconfirmed: number,
  processed: number,
  failed: number,
  signs: number,
  strays: number,
  queueFullAt: number,
  blockedAt: number,
  oversizedAt: number,
  ...lossTimes: number[],
];

/** Figures that have changed; each registration is asked once a second. */
export interface FiguresMessage {
  /** Tells the kinds apart. */
  readonly what: "figures";
  /** A row for each registration whose figures differ. */
  readonly rows: readonly FiguresRow[];
}

/** An event that a state did not take: whose, when, its type and its origin as numbers of names; 1: of a stream given up. */
export type StrayRow = readonly [
  registration: number,
  at: number,
  event: number,
  origin: number,
  stale: 0 | 1,
];

/** Dead letters, of whichever registration. */
export interface StraysMessage {
  /** Tells the kinds apart. */
  readonly what: "strays";
  /** The oldest first. */
  readonly rows: readonly StrayRow[];
}

/** What may be shown of an event, a context, or what else has fields. */
export interface ShownFields {
  readonly [name: string]: unknown;
}

/** The same of an event, which has a type. */
export interface ShownEvent extends ShownFields {
  /** A word of a chart. */
  readonly type: string;
}

/** An actor that is looked at, before its steps. */
export interface ActorMessage {
  /** Tells the kinds apart. */
  readonly what: "actor";
  /** Its number, as in a recording. */
  readonly actor: number;
  /** Its chart: `supervisor`, `partition`, `registration`, `credentials` or `liveness`. */
  readonly chart: string;
  /** How it is called: a registration by its key, what belongs to one by its chart. */
  readonly name: string;
  /** The key of the registration that it belongs to; empty for the supervisor and the partitions. */
  readonly key: string;
  /** Who started it; null: nobody who is known. */
  readonly parent: number | null;
  /** In ms since 1970. */
  readonly at: number;
  /** XState's value of its state; null: the first step tells it, with the whole context. */
  readonly state: unknown;
  /** What may be shown of its context. */
  readonly context: ShownFields;
}

/** What a step let out, in order. */
export type ShownOutput =
  /** An event for a port, a child or the `parent`. */
  | { readonly to: string; readonly event: ShownEvent }
  /** A port or a child begins. */
  | { readonly starts: string; readonly input?: unknown }
  /** A port or a child is ended. */
  | { readonly stops: string }
  /** Told to whoever listens: notes, and events that the state did not take. */
  | { readonly emits: ShownEvent };

/** An actor that is looked at has taken an event. */
export interface StepMessage {
  /** Tells the kinds apart. */
  readonly what: "step";
  /** Who has taken it. */
  readonly actor: number;
  /** In ms since 1970. */
  readonly at: number;
  /**
   * Who sent the event: `program`, a chart (the actor's own: a timer), `stream`, `work`, `gateway` or `tokenServer`.
   */
  readonly from: string;
  /** The event, with its `type`. */
  readonly event: ShownEvent;
  /** XState's value of the state after it. */
  readonly state: unknown;
  /** When it has ended: `done`, `error` or `stopped`. */
  readonly status?: string;
  /** Fields of the context that the viewer does not know yet. */
  readonly context?: ShownFields;
  /** Keys of the transitions that were taken, as in `inspector/charts.json`. */
  readonly taken?: readonly string[];
  /** Guards that were asked, and what they said. */
  readonly asked?: readonly (readonly [guard: string, said: boolean])[];
  /** What it let out. */
  readonly sent?: readonly ShownOutput[];
}

/** A registration as a person is told of it; part of its status. */
export interface InspectedRegistration {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The state it is in. */
  readonly state: string;
  /** The child of the state; null where there is none. */
  readonly child: string | null;
  /** When the state was entered, wall clock in ms. */
  readonly since: number;
  /** Why the last step failed; null when nothing went wrong. */
  readonly cause: string | null;
  /** More of the cause, in words. */
  readonly detail?: string | null;
  /** What happens next by itself. */
  readonly nextAction: {
    /** In words. */
    readonly what: string;
    /** Wall clock in ms, when there is a time. */
    readonly at: number | null;
  };
}

/** Of a registration that is looked at, when it has changed; asked once a second. */
export interface StatusMessage {
  /** Tells the kinds apart. */
  readonly what: "status";
  /** Part of its status. */
  readonly status: InspectedRegistration;
}

/** The viewer read too slowly. What it looks at is told anew behind this, and the fleet is whole again. */
export interface MissedMessage {
  /** Tells the kinds apart. */
  readonly what: "missed";
  /** Steps and dead letters that it will not get. */
  readonly messages: number;
}

/** What the feed says. A viewer passes over what it does not know. */
export type FeedMessage =
  | HelloMessage
  | NamesMessage
  | HostsMessage
  | FleetMessage
  | FiguresMessage
  | StraysMessage
  | ActorMessage
  | StepMessage
  | StatusMessage
  | MissedMessage;
