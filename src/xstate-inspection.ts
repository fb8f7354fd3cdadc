/**
 * The one file with the names of XState's inspection, which its next major version changes: what an actor system tells
 * of itself, and messages in the shape of `@statelyai/inspect`, which have the same names. Reads the one, makes and
 * reads the other; knows neither what may be shown nor where it goes.
 */
import type { AnyActorRef, AnyTransitionDefinition, EventObject, InspectionEvent } from "xstate";

/** The version of `@statelyai/inspect` whose shape the messages have. */
const shapeVersion = "0.7.2";

interface Common {
  /** The actor that it is about. */
  readonly sessionId: string;
  /** The root of the logical tree: always the supervisor's. */
  readonly rootId: string;
  /** Always null; viewers expect it. */
  readonly id: null;
  /** Milliseconds since 1970, as text. */
  readonly createdAt: string;
  /** Of the shape of these messages: a version of `@statelyai/inspect`. */
  readonly _version: string;
}

/** An actor has started. */
export interface ActorMessage extends Common {
  /** Tells the kinds apart. */
  readonly type: "@xstate.actor";
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
export interface EventMessage extends Common {
  /** Tells the kinds apart. */
  readonly type: "@xstate.event";
  /** The event, redacted. */
  readonly event: EventData;
  /** The actor that sent it. */
  readonly sourceId: string | undefined;
}

/** An actor has taken an event. */
export interface SnapshotMessage extends Common {
  /** Tells the kinds apart. */
  readonly type: "@xstate.snapshot";
  /** Its state now. */
  readonly snapshot: SnapshotData;
  /** What it took. */
  readonly event: EventData;
  /** The transitions that were taken, in their order, by their keys in the chart (`machines/transition-key.ts`). */
  readonly transitions?: readonly string[];
}

/** What an inspection feed says. */
export type InspectionMessage = ActorMessage | EventMessage | SnapshotMessage;

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

/** What every message says. */
export interface About {
  readonly sessionId: string;
  readonly rootId: string;
  /** Ms since 1970. */
  readonly at: number;
}

const common = ({ sessionId, rootId, at }: About): Common => ({
  sessionId,
  rootId,
  id: null,
  createdAt: String(at),
  _version: shapeVersion,
});

type Said<Message extends InspectionMessage> = Omit<Message, keyof Common | "type">;

export const actorMessage = (about: About, said: Said<ActorMessage>): ActorMessage => ({
  ...common(about),
  type: "@xstate.actor",
  ...said,
});

export const eventMessage = (about: About, said: Said<EventMessage>): EventMessage => ({
  ...common(about),
  type: "@xstate.event",
  ...said,
});

export const snapshotMessage = (about: About, said: Said<SnapshotMessage>): SnapshotMessage => ({
  ...common(about),
  type: "@xstate.snapshot",
  ...said,
});

export const isActorMessage = (message: InspectionMessage): message is ActorMessage =>
  message.type === "@xstate.actor";

export const isSnapshotMessage = (message: InspectionMessage): message is SnapshotMessage =>
  message.type === "@xstate.snapshot";

/** Something that happened to an actor, as its system tells it. */
export type Observed =
  | { readonly what: "started"; readonly actor: AnyActorRef }
  | {
      readonly what: "sent";
      readonly actor: AnyActorRef;
      readonly event: EventObject;
      readonly source: AnyActorRef | undefined;
    }
  | { readonly what: "took"; readonly actor: AnyActorRef; readonly taken: readonly AnyTransitionDefinition[] }
  | {
      readonly what: "became";
      readonly actor: AnyActorRef;
      readonly event: EventObject;
      readonly snapshot: unknown;
    };

const asActor = (ref: object | undefined): AnyActorRef | undefined =>
  ref && "sessionId" in ref ? (ref as AnyActorRef) : undefined;

/** Undefined for what is no actor's, and for what is told twice. */
export function observedIn(inspected: InspectionEvent): Observed | undefined {
  const actor = asActor(inspected.actorRef);
  if (!actor) return undefined;
  switch (inspected.type) {
    case "@xstate.actor":
      return { what: "started", actor };
    case "@xstate.event":
      return { what: "sent", actor, event: inspected.event, source: asActor(inspected.sourceRef) };
    case "@xstate.microstep":
      return { what: "took", actor, taken: inspected._transitions };
    case "@xstate.snapshot":
      return { what: "became", actor, event: inspected.event, snapshot: inspected.snapshot };
    default:
      return undefined;
  }
}

/** The transitions of a step, when that is what an actor's system is about to tell. */
export function takenIn(inspected: object): readonly AnyTransitionDefinition[] {
  if (!("type" in inspected) || inspected.type !== "@xstate.microstep") return [];
  return "_transitions" in inspected ? (inspected._transitions as readonly AnyTransitionDefinition[]) : [];
}
