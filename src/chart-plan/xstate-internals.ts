/** What of XState a plan meets, and XState's exported types do not say. */
import type {
  AnyActorRef,
  AnyActorScope,
  AnyEventObject,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyStateNode,
  AnyTransitionDefinition,
  MachineContext,
} from "xstate";

export type Node = AnyStateNode;
export type Transition = AnyTransitionDefinition;
export type Snapshot = AnyMachineSnapshot;

/** An action as a chart has it: a function, a name, or a name with parameters. */
export type Action = string | ((...args: never) => unknown) | { readonly type: string; params?: unknown };

/** What one run of actions shares. */
export interface ActionsExtra {
  /** Events that were raised, and are taken within the same macrostep. */
  readonly internalQueue: AnyEventObject[];
  /** Children that the state invokes after these actions: whoever sends to them is asked again afterwards. */
  readonly deferredActorIds: readonly string[] | undefined;
}

export interface ActionArgs {
  readonly context: MachineContext;
  readonly event: AnyEventObject;
  readonly self: AnyActorRef;
  readonly system: AnyActorScope["system"];
}

/** What of a snapshot the actions that copy it read. */
export interface SnapshotStandIn {
  readonly machine: AnyStateMachine;
  readonly context: MachineContext;
  readonly children: Snapshot["children"];
  readonly _nodes: readonly Node[];
}

/** An action of XState's own, such as `assign` and `sendTo`. */
export interface BuiltIn {
  readonly type: string;
  resolve(
    scope: AnyActorScope,
    snapshot: SnapshotStandIn,
    args: ActionArgs,
    params: unknown,
    action: BuiltIn,
    extra: ActionsExtra,
  ): [snapshot: SnapshotStandIn, params: unknown, actions: readonly Action[] | undefined];
  retryResolve?(scope: AnyActorScope, snapshot: SnapshotStandIn, params: unknown): void;
  execute?(scope: AnyActorScope, params: unknown): void;
}

export const asBuiltIn = (action: unknown): BuiltIn => action as BuiltIn;

export type System = AnyActorScope["system"];

/** Sets and clears the timers of actors. */
export interface Scheduler {
  schedule(source: AnyActorRef, target: AnyActorRef, event: AnyEventObject, delay: number, id?: string): void;
  cancel(source: AnyActorRef, id: string): void;
  cancelAll(source: AnyActorRef): void;
}

export interface Clock {
  setTimeout(fire: () => void, ms: number): unknown;
  clearTimeout(timeout: unknown): void;
}

/** What of XState's system its exported type does not say. */
export interface SystemInternals {
  readonly _clock: Clock;
  readonly _logger: AnyActorScope["logger"];
  readonly scheduler: Scheduler;
  _bookId(): string;
  _set(systemId: string, actor: AnyActorRef): void;
  _unregister(actor: AnyActorRef): void;
  /** `event` goes from one actor to another; undefined: from outside. */
  _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: AnyEventObject): void;
  _sendInspectionEvent(told: object): void;
}

export const internalsOf = (system: System): SystemInternals => system as unknown as SystemInternals;

/** Who hears what the steps of a machine let out, and which transitions they take. */
export interface Hearing {
  acts(type: string, params: unknown): void;
  takes(transitions: readonly Transition[]): void;
  /** What XState is given for a step that it takes by itself. */
  heard(scope: AnyActorScope): AnyActorScope;
}

/** Names of XState's own events. */
export const xstateEvents = {
  any: "*",
  init: "xstate.init",
  stop: "xstate.stop",
  childError: "xstate.error.actor",
} as const;
