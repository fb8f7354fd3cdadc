/** The feed's messages in the page's own words. */
import type { InspectionMessage, SnapshotData } from "../../src/inspect/inspection-messages.js";
import { isActorMessage, isSnapshotMessage } from "../../src/xstate-inspection.js";
import type { ActorState, Told } from "./told.js";

const stateOf = ({ status, value, context }: SnapshotData): ActorState => ({
  isLive: status === "active",
  value,
  context: context ?? {},
});

/** Undefined for what the page does not show. */
export function toldOf(message: InspectionMessage): Told | undefined {
  const id = message.sessionId;
  if (isActorMessage(message)) {
    const { name, machine, parentId, snapshot } = message;
    return { what: "actor", id, name, machine, parentId, state: stateOf(snapshot) };
  }
  if (!isSnapshotMessage(message)) return undefined;
  const { type, ...facts } = message.event;
  const at = Number(message.createdAt);
  const { snapshot, transitions: taken = [] } = message;
  return { what: "step", id, at, event: type, facts, state: stateOf(snapshot), taken };
}
