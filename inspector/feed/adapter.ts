/** The one file of the page that knows XState's names of what is inspected. */
import type { InspectionMessage, SnapshotData } from "../../src/inspect/inspection-messages.js";
import type { ActorState, Told } from "./told.js";

const stateOf = ({ status, value, context }: SnapshotData): ActorState => ({
  isLive: status === "active",
  value,
  context: context ?? {},
});

/** Undefined for what the page does not show. */
export function toldOf(message: InspectionMessage): Told | undefined {
  const id = message.sessionId;
  switch (message.type) {
    case "@xstate.actor": {
      const { name, machine, parentId, snapshot } = message;
      return { what: "actor", id, name, machine, parentId, state: stateOf(snapshot) };
    }
    case "@xstate.snapshot": {
      const { type, ...facts } = message.event;
      const at = Number(message.createdAt);
      const { snapshot, transitions: taken = [] } = message;
      return { what: "step", id, at, event: type, facts, state: stateOf(snapshot), taken };
    }
    default:
      return undefined;
  }
}
