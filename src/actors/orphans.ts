/**
 * Ends what a failed machine has left behind. XState (5.x) stops the children of a machine that ends, but leaves
 * those of a machine that throws running: without this, a failed registration would keep its stream beside the
 * stream of its successor.
 */
import type { AnyActorRef } from "xstate";

/** What `Actor.stop()` sends; only a parent may call that, and the parent is what has failed. */
const stop = { type: "xstate.stop" } as const;

/** Stops the failed actor's children, theirs included. Synchronous; does nothing for those that have ended. */
export function endOrphans(failed: AnyActorRef): void {
  const children: Record<string, AnyActorRef | undefined> = failed.getSnapshot().children ?? {};
  for (const child of Object.values(children)) {
    if (!child) continue;
    // A child that failed with its parent has orphans of its own.
    if (child.getSnapshot().status === "error") endOrphans(child);
    else if (child.getSnapshot().status === "active") child.send(stop);
  }
}
