/**
 * A machine of the same shape as another, whose actions only say that their turn has come. XState takes a step of it
 * once, and what was said in which order is the plan of that step: which states are left and entered, which events
 * follow, and how the machine stands afterwards. So no rule of statecharts is written down a second time.
 */
import {
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  StateMachine,
  type StateValue,
} from "xstate";
import {
  type ActionsExtra,
  type Node,
  type Snapshot,
  type SnapshotStandIn,
  type Transition,
  xstateEvents,
} from "./xstate-internals.js";

/** What happens within a step, in its order. */
export type Mark =
  | { readonly at: "exit" | "entry" | "initial"; readonly node: Node }
  | { readonly at: "transition"; readonly transition: Transition }
  /** An event that XState raises by itself; its output is what the state's `output` makes. */
  | { readonly at: "raise"; readonly type: string; readonly outputOf: Node | undefined }
  /** The machine's `output` is made, with this event. */
  | { readonly at: "output"; readonly type: string; readonly outputOf: Node | undefined };

/** What history states remember. */
export type History = Readonly<Record<string, readonly Node[]>>;

/** How a machine stands. */
export interface Shape {
  readonly nodes: readonly Node[];
  readonly history: History;
  readonly value: StateValue;
  readonly tags: ReadonlySet<string>;
}

/** A step that was taken for trial. */
export interface Rehearsal {
  readonly marks: readonly Mark[];
  readonly after: Shape;
  /** XState keeps the list of states of the snapshot before. */
  readonly isSameList: boolean;
  readonly isDone: boolean;
}

interface Internals {
  _getPreInitialState(scope: AnyActorScope, event: AnyEventObject, queue: AnyEventObject[]): Snapshot;
}

const nothing = (): void => {};

const inertScope = {
  self: {},
  system: { _sendInspectionEvent: nothing },
  actionExecutor: nothing,
  defer: nothing,
} as unknown as AnyActorScope;

const none: readonly never[] = [];

const isOldMapping = (output: unknown): boolean =>
  typeof output === "object" &&
  output !== null &&
  Object.values(output).some((part) => typeof part === "function");

export class HollowMachine {
  readonly #machine: AnyStateMachine;
  /** Before anything is entered. */
  readonly #blank: Snapshot;
  readonly #hollowOf = new Map<Node, Node>();
  readonly #realOf = new Map<Node, Node>();
  /** The transitions that the next step takes. */
  #next: readonly Transition[] = none;
  #marks: Mark[] = [];

  constructor(real: AnyStateMachine) {
    this.#machine = new StateMachine(this.#configOf(real.root) as never);
    this.#machine.getTransitionData = () => {
      const transitions = this.#next;
      this.#next = none;
      return [...transitions];
    };
    this.#pair(real.root, this.#machine.root);
    const internals = this.#machine as unknown as Internals;
    this.#blank = internals._getPreInitialState(inertScope, { type: xstateEvents.init }, []);
  }

  /** How a machine stands that has entered nothing. */
  beforeStart(): Shape {
    return this.#shapeOf(this.#blank);
  }

  /** The methods that XState gives to all snapshots. */
  get methods(): Pick<Snapshot, "matches" | "hasTag" | "can" | "getMeta" | "toJSON"> {
    return this.#blank;
  }

  start(): Rehearsal {
    this.#marks = [];
    const snapshot: Snapshot = this.#machine.getInitialSnapshot(inertScope, undefined);
    if (snapshot.status === "error") throw snapshot.error;
    const isSameList = snapshot._nodes.length === 1;
    return this.#rehearsed(snapshot, isSameList);
  }

  step(before: Pick<Shape, "nodes" | "history">, transitions: readonly Transition[]): Rehearsal {
    this.#marks = [];
    this.#next = transitions.map((transition) => this.#hollowTransition(transition));
    const nodes = before.nodes.map((node) => this.#hollow(node));
    const historyValue = Object.fromEntries(
      Object.entries(before.history).map(([id, list]) => [id, list.map((node) => this.#hollow(node))]),
    );
    const snapshot = { ...this.#blank, status: "active", _nodes: nodes, historyValue } as Snapshot;
    const after: Snapshot = this.#machine.transition(snapshot, { type: "step" }, inertScope);
    return this.#rehearsed(after, after._nodes === nodes);
  }

  #rehearsed(after: Snapshot, isSameList: boolean): Rehearsal {
    return {
      marks: this.#marks,
      after: this.#shapeOf(after),
      isSameList,
      isDone: after.status === "done",
    };
  }

  #shapeOf({ _nodes, historyValue, value, tags }: Snapshot): Shape {
    return {
      nodes: _nodes.map((node) => this.#real(node)),
      history: Object.fromEntries(
        Object.entries(historyValue).map(([id, list]) => [id, list.map((node) => this.#real(node))]),
      ),
      value,
      tags,
    };
  }

  #configOf(node: Node): object {
    const [initial] = node.initial.target;
    return {
      id: node.id,
      type: node.type,
      tags: node.tags,
      entry: [this.#says({ at: "entry", node })],
      exit: [this.#says({ at: "exit", node })],
      ...(node.type === "history" ? { history: node.history, target: node.config.target } : {}),
      ...(initial
        ? { initial: { target: initial.key, actions: [this.#says({ at: "initial", node })] } }
        : {}),
      ...this.#outputOf(node),
      states: Object.fromEntries(
        Object.entries(node.states).map(([key, child]) => [key, this.#configOf(child)]),
      ),
    };
  }

  #outputOf(node: Node): object {
    if (node.output === undefined) return {};
    // XState warns of those, in its build for development, each time that it makes one.
    if (isOldMapping(node.output)) throw new Error(`The output of ${node.id} maps field by field.`);
    if (node.parent) return { output: () => node };
    const note = ({ event }: { event: AnyEventObject }) => {
      this.#marks.push({ at: "output", type: event.type, outputOf: event.output });
    };
    return { output: note };
  }

  /** An action of XState's own kind: those are given the queue of raised events, too. */
  #says(mark: Mark): () => void {
    const resolve = (
      _scope: unknown,
      snapshot: SnapshotStandIn,
      _args: unknown,
      _params: unknown,
      _action: unknown,
      { internalQueue }: ActionsExtra,
    ) => {
      this.#overhear(internalQueue);
      this.#marks.push(mark);
      return [snapshot, undefined, undefined];
    };
    return Object.assign(() => {}, { resolve });
  }

  #overhear(queue: AnyEventObject[]): void {
    if (Object.hasOwn(queue, "push")) return;
    const push = (event: AnyEventObject): number => {
      this.#marks.push({ at: "raise", type: event.type, outputOf: event.output });
      return Array.prototype.push.call(queue, event);
    };
    Object.defineProperty(queue, "push", { value: push });
  }

  #hollowTransition(transition: Transition): Transition {
    return {
      ...transition,
      source: this.#hollow(transition.source),
      target: transition.target?.map((node) => this.#hollow(node)),
      actions: [this.#says({ at: "transition", transition })],
    };
  }

  #pair(real: Node, hollow: Node): void {
    this.#hollowOf.set(real, hollow);
    this.#realOf.set(hollow, real);
    for (const [key, child] of Object.entries(real.states)) {
      const below = hollow.states[key];
      if (below) this.#pair(child, below);
    }
  }

  #hollow(node: Node): Node {
    const hollow = this.#hollowOf.get(node);
    if (!hollow) throw new Error(`The state ${node.id} belongs to another machine.`);
    return hollow;
  }

  #real(node: Node): Node {
    const real = this.#realOf.get(node);
    if (!real) throw new Error(`The state ${node.id} belongs to another machine.`);
    return real;
  }
}
