/** Whom `stopChild` stops, and the children that are left, without the copy of the snapshot that XState makes each time. */
import type { AnyActorRef } from "xstate";
import type { ActionArgs, BuiltIn, Snapshot } from "./xstate-internals.js";

type Named = string | AnyActorRef | undefined;

/** `stopChild` as it is made: of a child, its id, or a function that tells either. */
export interface Stopping extends BuiltIn {
  readonly actorRef: Named | ((args: ActionArgs, params: unknown) => Named);
}

interface Stopped {
  readonly children: Snapshot["children"];
  readonly child: AnyActorRef | undefined;
}

export function stopped(
  children: Snapshot["children"],
  info: ActionArgs,
  params: unknown,
  { actorRef }: Stopping,
): Stopped {
  const named = typeof actorRef === "function" ? actorRef(info, params) : actorRef;
  const child: AnyActorRef | undefined = typeof named === "string" ? children[named] : named;
  if (!child) return { children, child };
  // Not by `delete`, which makes a slow object of the copy.
  const rest: Snapshot["children"] = {};
  for (const id of Object.keys(children)) if (id !== child.id) rest[id] = children[id];
  return { children: rest, child };
}
