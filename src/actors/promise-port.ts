/**
 * XState's promise actor, whose work is told that it was left by a signal that weighs little. Events, snapshots and
 * inspection are those of `fromPromise`.
 */
import { type AnyActorRef, fromPromise, type PromiseActorLogic } from "xstate";
import { type Cancellable, Cancellation } from "../cancellation.js";
import { internalsOf } from "../chart-plan/xstate-internals.js";

/** At the actor: a map of all actors would cost more than what it says. */
const signalOf = Symbol("signal");

type AtWork = AnyActorRef & { [signalOf]?: Cancellation };

/** `work` is left when its actor is stopped: what it then brings is for nobody. */
export function promisePort<Output, Input>(
  work: (given: { readonly input: Input; readonly signal: Cancellable }) => Promise<Output>,
): PromiseActorLogic<Output, Input> {
  const logic = fromPromise<Output, Input>(() => Promise.reject(new Error("never asked")));
  return {
    ...logic,
    transition: (state, event, scope) => {
      if (event.type === "xstate.stop") (scope.self as AtWork)[signalOf]?.abort();
      return logic.transition(state, event, scope);
    },
    start: (state, { self, system }) => {
      if (state.status !== "active") return;
      const signal = new Cancellation();
      (self as AtWork)[signalOf] = signal;
      const tell = (type: string, data: unknown) => {
        if (self.getSnapshot().status !== "active") return;
        internalsOf(system)._relay(self, self, { type, data });
      };
      work({ input: state.input as Input, signal }).then(
        (output) => tell("xstate.promise.resolve", output),
        (error) => tell("xstate.promise.reject", error),
      );
    },
  };
}
