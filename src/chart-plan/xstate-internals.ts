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

/** XState's system also tells its observers. */
interface Telling {
  _sendInspectionEvent(told: object): void;
}

export const telling = (system: AnyActorScope["system"]): Telling => system as unknown as Telling;

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
