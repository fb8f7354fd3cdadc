/** Children as XState makes them, without the copy of the snapshot that it makes for each. */
import { type AnyActorLogic, type AnyActorRef, type AnyActorScope, spawnChild } from "xstate";
import { lightActor } from "./light-actor.js";
import { type ActionArgs, asBuiltIn, type BuiltIn, type Snapshot } from "./xstate-internals.js";

/** What `spawn` and `spawnChild` are given besides the source. */
export interface ChildOptions {
  readonly id?: unknown;
  readonly systemId?: string | undefined;
  readonly input?: unknown;
  readonly syncSnapshot?: boolean | undefined;
}

/** `spawnChild` as it is made. */
export interface Spawning extends BuiltIn, ChildOptions {
  readonly src: unknown;
}

/** What of an actor its exported type does not say. */
const inputOf = (actor: AnyActorRef): unknown =>
  (actor as unknown as { readonly options: { readonly input: unknown } }).options.input;

interface Spawned {
  readonly children: Snapshot["children"];
  /** Of the action, as XState resolves it. */
  readonly params: object;
}

/** XState looks such names up in the chart. */
const isInline = (src: string): boolean => src.startsWith("xstate.invoke.");

const executeSpawn = asBuiltIn(spawnChild("")).execute;

/** When the step is done, unless it was stopped by then. */
export const startLater = (scope: AnyActorScope, actorRef: AnyActorRef): void =>
  executeSpawn?.(scope, { actorRef });

/** Undefined: left to XState, which throws where there is no logic. */
export function childOf(
  { self }: AnyActorScope,
  { machine, context }: Pick<Snapshot, "machine" | "context">,
  { event }: Pick<ActionArgs, "event">,
  src: unknown,
  options: ChildOptions | undefined,
): AnyActorRef | undefined {
  if (typeof src !== "string" || isInline(src) || typeof options?.id !== "string") return undefined;
  const logic = machine.implementations.actors[src] as AnyActorLogic | undefined;
  if (!logic) return undefined;
  const { id, systemId, syncSnapshot, input: given } = options;
  const input = typeof given === "function" ? given({ context, event, self }) : given;
  return lightActor(logic, { id, src, parent: self, syncSnapshot, systemId, input });
}

/** What `spawnChild` makes of a snapshot; undefined as above. */
export function spawned(
  scope: AnyActorScope,
  snapshot: Pick<Snapshot, "machine" | "context" | "children">,
  info: ActionArgs,
  action: Spawning,
): Spawned | undefined {
  const { id, systemId, src } = action;
  const actorRef = childOf(scope, snapshot, info, src, action);
  if (!actorRef) return undefined;
  return {
    children: { ...snapshot.children, [actorRef.id]: actorRef },
    params: { id, systemId, actorRef, src, input: inputOf(actorRef) },
  };
}
