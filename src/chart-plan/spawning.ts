/**
 * Children as XState makes them, without the copy of the snapshot that it makes for each, and with options that take less
 * room: XState spreads them out of two objects, and Node 20 keeps a hidden class of its own for each object made so.
 */
import { type AnyActorRef, type AnyActorScope, createActor, spawnChild } from "xstate";
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

interface Spawned {
  readonly children: Snapshot["children"];
  /** Of the action, as XState resolves it. */
  readonly params: object;
}

type Logic = Parameters<typeof createActor>[0];

/** What of an actor its exported type does not say. */
interface Optioned {
  options: Readonly<Record<string, unknown>>;
}

const optioned = (actor: AnyActorRef): Optioned => actor as unknown as Optioned;

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
  const logic = machine.implementations.actors[src] as Logic | undefined;
  if (!logic) return undefined;
  const { id, systemId, syncSnapshot, input: given } = options;
  const input = typeof given === "function" ? given({ context, event, self }) : given;
  const child = createActor(logic, { id, src, parent: self, syncSnapshot, systemId, input } as never);
  const { clock, logger, devTools } = optioned(child).options;
  optioned(child).options = { clock, logger, devTools, id, src, parent: self, syncSnapshot, systemId, input };
  return child;
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
    params: { id, systemId, actorRef, src, input: optioned(actorRef).options.input },
  };
}
