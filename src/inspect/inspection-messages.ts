/**
 * Inspection messages in the shape of `@statelyai/inspect` 0.7, so that its viewers understand them. Mooring
 * adds a logical parent, because its partitions are actor systems of their own.
 */

interface Common {
  readonly sessionId: string;
  /** The root of the logical tree: always the supervisor's. */
  readonly rootId: string;
  readonly id: null;
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string;
  readonly _version: string;
}

export interface ActorMessage extends Common {
  readonly type: "@xstate.actor";
  readonly name: string;
  readonly parentId: string | undefined;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  /** The machine's configuration as JSON text; undefined for actors that are no machines. */
  readonly definition: string | undefined;
  readonly snapshot: SnapshotData;
}

export interface EventMessage extends Common {
  readonly type: "@xstate.event";
  readonly event: EventData;
  readonly sourceId: string | undefined;
}

export interface SnapshotMessage extends Common {
  readonly type: "@xstate.snapshot";
  readonly snapshot: SnapshotData;
  readonly event: EventData;
  /** The transitions that were taken, in their order, by their keys in the chart (`machines/transition-key.ts`). */
  readonly transitions?: readonly string[];
}

export type InspectionMessage = ActorMessage | EventMessage | SnapshotMessage;

export interface EventData {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface SnapshotData {
  readonly status: "active" | "done" | "error" | "stopped";
  readonly value?: unknown;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
  readonly error?: unknown;
}
