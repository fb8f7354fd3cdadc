/**
 * XState's callback actor in less room: one listener for what it is sent, and what belongs to an actor is kept at the
 * actor. Events, snapshots and inspection are those of `fromCallback`.
 */
import {
  type AnyActorRef,
  type AnyEventObject,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  type NonReducibleUnknown,
} from "xstate";
import { internalsOf } from "../chart-plan/xstate-internals.js";

/** What goes on while the actor lives. */
export interface Port<Command> {
  receive(command: Command): void;
  /** The actor was stopped. */
  left(): void;
}

/** At the actor: XState's map of all of them costs more than what it says. */
const portOf = Symbol("port");

type AtPort<Command> = AnyActorRef & { [portOf]?: Port<Command> | undefined };

/** `begin` returns undefined when it is over at once. */
export function callbackPort<Command extends EventObject, Input extends NonReducibleUnknown>(
  begin: (given: {
    readonly input: Input;
    readonly sendBack: (event: AnyEventObject) => void;
  }) => Port<Command> | undefined,
): CallbackActorLogic<Command, Input> {
  const logic = fromCallback<Command, Input>(() => {});
  return {
    ...logic,
    start: ({ input }, { self, system }) => {
      const sendBack = (event: AnyEventObject) => {
        const { _parent: parent } = self;
        if (parent && self.getSnapshot().status !== "stopped")
          internalsOf(system)._relay(self, parent, event);
      };
      (self as AtPort<Command>)[portOf] = begin({ input, sendBack });
    },
    transition: (state, event, { self }) => {
      const actor = self as AtPort<Command>;
      const port = actor[portOf];
      if (event.type !== "xstate.stop") {
        port?.receive(event as Command);
        return state;
      }
      actor[portOf] = undefined;
      port?.left();
      return { ...state, status: "stopped", error: undefined };
    },
  };
}
