/** What XState tells of a step from within. */
import type { AnyActorScope, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { inspectionNames } from "../inspect/stately-messages.js";

type System = AnyActorScope["system"];

/** What is not among XState's exported types. */
interface Telling {
  _sendInspectionEvent(inspected: Omit<InspectionEvent, "rootId">): void;
}

const tells = (system: object): system is Telling => "_sendInspectionEvent" in system;

function transitionsOf(inspected: object): readonly AnyTransitionDefinition[] {
  if (!("type" in inspected) || inspected.type !== inspectionNames.microstep) return [];
  return "_transitions" in inspected ? (inspected._transitions as readonly AnyTransitionDefinition[]) : [];
}

/**
 * The system as the steps of one actor see it. XState tells it anyway which transitions it takes; an observer of the
 * whole system would be told of every action and every port, too, each in an object of its own.
 */
export function hearTransitions(
  system: System,
  tell: (transitions: readonly AnyTransitionDefinition[]) => void,
): System {
  if (!tells(system)) return system;
  const heard: System & Telling = Object.create(system);
  heard._sendInspectionEvent = (inspected) => {
    const transitions = transitionsOf(inspected);
    if (transitions.length > 0) tell(transitions);
    system._sendInspectionEvent(inspected);
  };
  return heard;
}
