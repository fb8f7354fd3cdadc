/** What the page knows of actors and their steps, as messages for viewers of Stately's. It is redacted already. */
import {
  type InspectionMessage,
  inspectionNames,
  type SnapshotData,
  shapeVersion,
} from "../../src/inspect/stately-messages.js";

interface Fields {
  readonly [name: string]: unknown;
}

/** An actor as it is now. */
export interface ShownActor {
  readonly id: string;
  readonly name: string;
  /** The id of its machine; undefined for actors that are no machines. */
  readonly machine: string | undefined;
  readonly parentId: string | undefined;
  /** What is above all. */
  readonly rootId: string;
  readonly isLive: boolean;
  /** XState's value of the state. */
  readonly value: unknown;
  readonly context: Fields;
}

/** What an actor took; how it stands then is told with the actor. */
export interface ShownStep {
  readonly at: number;
  readonly event: string;
  readonly facts: Fields;
  /** The actor that sent it, when that is known. */
  readonly sourceId?: string | undefined;
}

const common = ({ id, rootId }: ShownActor, at: number) =>
  ({ sessionId: id, rootId, id: null, createdAt: String(at), _version: shapeVersion }) as const;

const snapshotOf = ({ isLive, value, context }: ShownActor): SnapshotData => ({
  status: isLive ? "active" : "stopped",
  value,
  context,
});

export const startOf = (
  actor: ShownActor,
  definition: string | undefined,
  at: number,
): InspectionMessage => ({
  ...common(actor, at),
  type: inspectionNames.actor,
  name: actor.name,
  parentId: actor.parentId,
  machine: actor.machine,
  definition,
  snapshot: snapshotOf(actor),
});

export function messagesOf(
  actor: ShownActor,
  { at, event: type, facts, sourceId }: ShownStep,
): readonly InspectionMessage[] {
  const event = { ...facts, type };
  return [
    { ...common(actor, at), type: inspectionNames.event, event, sourceId },
    { ...common(actor, at), type: inspectionNames.snapshot, event, snapshot: snapshotOf(actor) },
  ];
}
