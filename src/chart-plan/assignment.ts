/** What `assign` makes of a context, without the copy of the snapshot that XState makes each time. */
import type { AnyActorRef, AnyActorScope, MachineContext } from "xstate";
import { type ChildOptions, childOf, startLater } from "./spawning.js";
import type { ActionArgs, ActionsExtra, BuiltIn, SnapshotStandIn } from "./xstate-internals.js";

type Spawn = (src: unknown, options?: ChildOptions) => AnyActorRef;

type Assigner = (args: object, params: unknown) => unknown;

/** `assign` as it is made: a function of the whole context, or values and functions by key. */
export interface Assignment extends BuiltIn {
  readonly assignment: Assigner | Readonly<Record<string, unknown>>;
}

interface Assigned {
  readonly context: MachineContext;
  readonly children: SnapshotStandIn["children"];
}

/** XState's own, which `assign` hands to what it calls. */
function spawnerOf(scope: AnyActorScope, given: SnapshotStandIn, info: ActionArgs, action: BuiltIn): Spawn {
  const found: Spawn[] = [];
  const asking = {
    assignment: ({ spawn }: { spawn: Spawn }) => {
      found.push(spawn);
      return {};
    },
  };
  action.resolve(scope, given, info, undefined, asking as unknown as BuiltIn, {} as ActionsExtra);
  return found[0] as Spawn;
}

/** The part of the context that an assignment makes. */
function partOf(assignment: Assignment["assignment"], args: object, params: unknown): object | undefined {
  if (typeof assignment === "function") return assignment(args, params) as object | undefined;
  const part: Record<string, unknown> = {};
  for (const key of Object.keys(assignment)) {
    const value = assignment[key];
    part[key] = typeof value === "function" ? value(args, params) : value;
  }
  return part;
}

/** The context must be there: without it XState has something to say. */
export function assigned(
  scope: AnyActorScope,
  given: SnapshotStandIn,
  info: ActionArgs,
  params: unknown,
  action: Assignment,
): Assigned {
  let spawner: Spawn | undefined;
  let spawned: Record<string, AnyActorRef> | undefined;
  const spawn: Spawn = (src, options) => {
    let child = childOf(scope, given, info, src, options);
    if (child) startLater(scope, child);
    else {
      spawner ??= spawnerOf(scope, given, info, action);
      child = spawner(src, options);
    }
    spawned ??= {};
    spawned[child.id] = child;
    return child;
  };
  const args = { context: given.context, event: info.event, spawn, self: info.self, system: info.system };
  // Before the copy: what it does to the context that it is given, XState copies too.
  const part = partOf(action.assignment, args, params);
  return {
    context: Object.assign({ ...given.context }, part),
    children: spawned ? { ...given.children, ...spawned } : given.children,
  };
}
