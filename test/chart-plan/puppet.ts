/**
 * A child that does what the test says, within the turn in which it says so: it is done, it fails, it moves, which tells
 * its parent's `onSnapshot`, or it sends its parent an event.
 */
import type { ActorLogic, AnyActorScope, AnyEventObject, Snapshot } from "xstate";

type PuppetSnapshot = Snapshot<unknown> & { readonly input?: unknown; readonly at?: number };

function after(snapshot: PuppetSnapshot, event: AnyEventObject, scope: AnyActorScope): PuppetSnapshot {
  switch (event.type) {
    case "xstate.stop":
      return { ...snapshot, status: "stopped", output: undefined, error: undefined };
    case "puppet.done":
      return { ...snapshot, status: "done", output: event.output, error: undefined };
    case "puppet.failed":
      return { ...snapshot, status: "error", output: undefined, error: event.error };
    case "puppet.moved":
      return { ...snapshot, at: event.to } as PuppetSnapshot;
    case "puppet.says":
      scope.defer(() => scope.self._parent?.send(event.event));
      return snapshot;
    default:
      return snapshot;
  }
}

/** It begins active, and keeps what it was given. */
export const puppet: ActorLogic<PuppetSnapshot, AnyEventObject, unknown> = {
  transition: after,
  getInitialSnapshot: (_, input) => ({ status: "active", output: undefined, error: undefined, input }),
  getPersistedSnapshot: (snapshot) => snapshot,
};
