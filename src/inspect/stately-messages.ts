/**
 * Inspection messages in the shape of `@statelyai/inspect` 0.7, so that its viewers understand them. The names are those
 * of XState's own inspection, which its next major version changes: they stand here, and nowhere else. Mooring adds
 * a logical parent, because its partitions are actor systems of their own.
 */

export const inspectionNames = {
  actor: "@xstate.actor",
  event: "@xstate.event",
  snapshot: "@xstate.snapshot",
  /** Said within XState alone. */
  microstep: "@xstate.microstep",
} as const;

/** The version of `@statelyai/inspect` whose shape the messages have: their `_version`. */
export const shapeVersion = "0.7.2";

interface Common {
  /** The actor that it is about. */
  readonly sessionId: string;
  /** The root of the logical tree: always the supervisor's. */
  readonly rootId: string;
  /** Always null; viewers expect it. */
  readonly id: null;
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string;
  /** Of the shape of these messages. */
  readonly _version: string;
}

/** An actor has started. */
export interface InspectedActor extends Common {
  /** Tells the kinds apart. */
  readonly type: typeof inspectionNames.actor;
  /** The id of the actor; of a registration, with its key. */
  readonly name: string;
  /** The actor that started it. */
  readonly parentId: string | undefined;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  /** The machine's configuration as JSON text; undefined for actors that are no machines. */
  readonly definition: string | undefined;
  /** Its state then. */
  readonly snapshot: SnapshotData;
}

/** An event was sent to an actor. */
export interface InspectedEvent extends Common {
  /** Tells the kinds apart. */
  readonly type: typeof inspectionNames.event;
  /** The event, redacted. */
  readonly event: EventData;
  /** The actor that sent it. */
  readonly sourceId: string | undefined;
}

/** An actor has taken an event. */
export interface InspectedSnapshot extends Common {
  /** Tells the kinds apart. */
  readonly type: typeof inspectionNames.snapshot;
  /** Its state now. */
  readonly snapshot: SnapshotData;
  /** What it took. */
  readonly event: EventData;
  /** The transitions that were taken, in their order, by their keys in the chart (`machines/transition-key.ts`). */
  readonly transitions?: readonly string[];
}

/** What an inspection feed says. */
export type InspectionMessage = InspectedActor | InspectedEvent | InspectedSnapshot;

/** An event with its fields; what may be a secret is `[redacted]`. */
export interface EventData {
  /** The type of the event. */
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The state of an actor; what may be a secret is `[redacted]`. */
export interface SnapshotData {
  /** Whether it runs. */
  readonly status: "active" | "done" | "error" | "stopped";
  /** The active states of a machine. */
  readonly value?: unknown;
  /** What of its context may be shown. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Only that there is one. */
  readonly output?: unknown;
  /** Only that there is one. */
  readonly error?: unknown;
}
