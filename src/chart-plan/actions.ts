/** Runs the actions of a microstep. What XState's own actions do, they do themselves; only their copies of the snapshot are spared. */
import {
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  assign,
  spawnChild,
  stopChild,
} from "xstate";
import { type Assignment, assigned } from "./assignment.js";
import { LightScope } from "./light-actor.js";
import type { Configuration } from "./plans.js";
import { type Spawning, spawned } from "./spawning.js";
import { type Stopping, stopped } from "./stopping.js";
import {
  type Action,
  type ActionArgs,
  type ActionsExtra,
  asBuiltIn,
  type BuiltIn,
  type Hearing,
  type Node,
  type Snapshot,
  type SnapshotStandIn,
} from "./xstate-internals.js";

const resolveOfAssign = asBuiltIn(assign({})).resolve;
const resolveOfStop = asBuiltIn(stopChild("")).resolve;
/** Gives back a copy of the snapshot, whose value and tags XState works out from its states each time. */
const resolveOfSpawn = asBuiltIn(spawnChild("")).resolve;

/** Of no states there is nothing to work out. */
const noNodes: readonly Node[] = [];

/** The snapshot that a microstep makes: a copy of the one before as soon as something changes, and one only. */
export class Draft {
  snapshot: Snapshot;
  #isCopy = false;

  constructor(snapshot: Snapshot) {
    this.snapshot = snapshot;
  }

  take({ context, children }: Pick<Snapshot, "context" | "children">): void {
    const copy = this.copy();
    copy.context = context;
    copy.children = children;
  }

  stand({ nodes, value, tags, history }: Configuration): void {
    const copy = this.copy();
    copy._nodes = nodes;
    copy.value = value;
    copy.tags = tags;
    copy.historyValue = history as Snapshot["historyValue"];
  }

  /** May be changed until the microstep is over. */
  copy(): Snapshot {
    if (this.#isCopy) return this.snapshot;
    this.#isCopy = true;
    const { snapshot } = this;
    // Named one by one, in XState's order: all snapshots have one form.
    this.snapshot = {
      status: snapshot.status,
      output: snapshot.output,
      error: snapshot.error,
      machine: snapshot.machine,
      context: snapshot.context,
      _nodes: snapshot._nodes,
      value: snapshot.value,
      tags: snapshot.tags,
      children: snapshot.children,
      historyValue: snapshot.historyValue,
      matches: snapshot.matches,
      hasTag: snapshot.hasTag,
      can: snapshot.can,
      getMeta: snapshot.getMeta,
      toJSON: snapshot.toJSON,
    } as Snapshot;
    return this.snapshot;
  }
}

/** What the actions of one macrostep share. */
export interface Surroundings {
  readonly machine: AnyStateMachine;
  readonly scope: AnyActorScope;
  readonly hearing: Hearing | undefined;
  readonly queue: AnyEventObject[];
}

type Retry = readonly [BuiltIn, params: unknown];

const implemented = (machine: AnyStateMachine, action: Action): unknown => {
  if (typeof action === "function") return action;
  return machine.implementations.actions[typeof action === "string" ? action : action.type];
};

function paramsOf(action: Action, { context, event }: ActionArgs): unknown {
  if (typeof action !== "object") return undefined;
  const { params } = action;
  return typeof params === "function" ? params({ context, event }) : params;
}

function nameOf(action: Action): string {
  if (typeof action === "function") return action.name || "(anonymous)";
  return typeof action === "string" ? action : action.type;
}

/** `invoked`: children that the state invokes after these actions; undefined where no state is entered. */
export function runActions(
  around: Surroundings,
  draft: Draft,
  event: AnyEventObject,
  actions: readonly Action[],
  invoked: readonly string[] | undefined,
): void {
  const retries: Retry[] | undefined = invoked && [];
  const extra = { internalQueue: around.queue, deferredActorIds: invoked };
  runInOrder(around, draft, event, actions, extra, retries);
  if (retries === undefined) return;
  for (const [builtIn, params] of retries) builtIn.retryResolve?.(around.scope, draft.snapshot, params);
}

const infoOf = ({ scope }: Surroundings, { snapshot }: Draft, event: AnyEventObject): ActionArgs => ({
  context: snapshot.context,
  event,
  self: scope.self,
  system: scope.system,
});

function runInOrder(
  around: Surroundings,
  draft: Draft,
  event: AnyEventObject,
  actions: readonly Action[],
  extra: ActionsExtra,
  retries: Retry[] | undefined,
): void {
  const { machine, scope } = around;
  let info = infoOf(around, draft, event);
  for (const action of actions) {
    const resolved = implemented(machine, action);
    if (info.context !== draft.snapshot.context) info = infoOf(around, draft, event);
    const params = paramsOf(action, info);
    if (!isBuiltIn(resolved)) {
      act(around, nameOf(action), info, params, resolved as Custom);
      continue;
    }
    if (resolved.resolve === resolveOfAssign && info.context) {
      const made = assigned(scope, standIn(machine, draft.snapshot), info, params, resolved as Assignment);
      draft.take(made);
      continue;
    }
    const [result, more] = resolve(around, draft, info, params, resolved, extra);
    if (resolved.retryResolve) retries?.push([resolved, result]);
    if (resolved.execute) act(around, resolved.type, info, result, resolved);
    if (more) runInOrder(around, draft, event, more, extra, retries);
  }
}

type Custom = (info: ActionArgs, params: unknown) => void;

/** Without the functions that XState makes for each action, where it is run at once. */
function act(
  { scope, hearing }: Surroundings,
  type: string,
  info: ActionArgs,
  params: unknown,
  action: BuiltIn | Custom | undefined,
): void {
  hearing?.acts(type, params);
  if (scope instanceof LightScope && scope.runsActions) {
    scope.tellAction(type, params);
    if (isBuiltIn(action)) action.execute?.(scope, params);
    else action?.(info, params);
    return;
  }
  const exec = isBuiltIn(action) ? action.execute?.bind(null, scope, params) : action;
  scope.actionExecutor({ type, info, params, exec } as never);
}

const isBuiltIn = (action: unknown): action is BuiltIn => typeof action === "function" && "resolve" in action;

const standIn = (machine: AnyStateMachine, { context, children }: Snapshot): SnapshotStandIn => ({
  machine,
  context,
  children,
  _nodes: noNodes,
});

function resolve(
  { machine, scope }: Surroundings,
  draft: Draft,
  info: ActionArgs,
  params: unknown,
  builtIn: BuiltIn,
  extra: ActionsExtra,
): readonly [params: unknown, actions: readonly Action[] | undefined] {
  if (builtIn.resolve === resolveOfStop) {
    const { context } = draft.snapshot;
    const { children, child } = stopped(draft.snapshot.children, info, params, builtIn as Stopping);
    draft.take({ context, children });
    return [child, undefined];
  }
  const isSpawn = builtIn.resolve === resolveOfSpawn;
  const child = isSpawn ? spawned(scope, draft.snapshot, info, builtIn as Spawning) : undefined;
  if (child) {
    draft.take({ context: draft.snapshot.context, children: child.children });
    return [child.params, undefined];
  }
  const given = isSpawn ? standIn(machine, draft.snapshot) : draft.snapshot;
  const [next, result, more] = builtIn.resolve(scope, given, info, params, builtIn, extra);
  if (next !== given) draft.take(next);
  return [result, more];
}
