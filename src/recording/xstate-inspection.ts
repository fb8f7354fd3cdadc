/** What XState tells of a step from within. */
import type { AnyActorRef, AnyActorScope, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { inspectionNames } from "../inspect/stately-messages.js";

type System = AnyActorScope["system"];

/** What is not among XState's exported types. */
interface Telling {
  _sendInspectionEvent(inspected: Omit<InspectionEvent, "rootId">): void;
}

interface Relaying {
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: object): void;
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

const relays = (system: object): system is Relaying => "_relay" in system;

/** Who sent which event. Each system is heard once; what was sent and not taken yet is all that is remembered. */
export class Senders {
  readonly #systems = new WeakSet<object>();
  readonly #sources = new WeakMap<object, AnyActorRef>();

  hear(system: System): void {
    if (!relays(system) || this.#systems.has(system)) return;
    this.#systems.add(system);
    const relay = system._relay;
    system._relay = (source, target, event) => {
      if (source) this.#sources.set(event, source);
      relay(source, target, event);
    };
  }

  /** `parent`, `self`, or the id of a port or child; null: nobody of the system. */
  of(event: object, self: AnyActorRef): string | null {
    const source = this.#sources.get(event);
    if (!source) return null;
    if (source === self) return "self";
    return source === self._parent ? "parent" : source.id;
  }
}
