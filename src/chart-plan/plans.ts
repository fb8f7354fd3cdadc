/**
 * The plans of one machine: for each configuration it comes to and the transitions it takes there, what is to be done
 * and which configuration follows. Each is worked out when it is first met, and kept.
 */
import { type AnyEventObject, type AnyStateMachine, type StateValue, spawnChild, stopChild } from "xstate";
import { GuardAsker, type StatesIn } from "./guards.js";
import { type History, HollowMachine, type Mark, type Rehearsal, type Shape } from "./hollow-machine.js";
import { type Asking, askingOf, asksGuards, taken } from "./selection.js";
import {
  type Action,
  asBuiltIn,
  type BuiltIn,
  type Node,
  type Snapshot,
  type Transition,
} from "./xstate-internals.js";

/** The active states in XState's order, and what history states remember. There is one object for each. */
export interface Configuration {
  readonly nodes: Node[];
  readonly value: StateValue;
  readonly tags: Set<string>;
  readonly history: History;
  /** Transitions without an event, in the order in which XState looks at them: those of one active path each. */
  readonly eventless: readonly (readonly Transition[])[];
  /** By event type. */
  readonly selections: Map<string, Selection>;
  readonly statesIn: StatesIn;
  readonly plans: Branch;
}

/** The transitions of an event, or the candidates where guards decide. */
type Selection = { readonly transitions: readonly Transition[] } | { readonly asking: Asking };

/** Plans by the transitions they take, one level for each transition. */
interface Branch {
  plan?: Plan;
  readonly next: Map<Transition, Branch>;
}

/** What is to be done in one microstep, in this order. */
export type Part =
  | {
      readonly do: "act";
      readonly actions: readonly Action[];
      /** Children that the state invokes; undefined where no state is entered. */
      readonly invoked: readonly string[] | undefined;
    }
  | { readonly do: "raise" | "output"; readonly type: string; readonly outputOf: Node | undefined };

export interface Plan {
  /** Without those that others of them preempt. */
  readonly transitions: readonly Transition[];
  readonly parts: readonly Part[];
  readonly next: Configuration;
  /** The snapshot keeps its list of states, and is the same one unless an action changes it. */
  readonly keepsList: boolean;
  readonly isDone: boolean;
}

/** So many configurations and plans are kept for one machine; one that has more runs without plans. */
const maxKept = 20_000;

/** So many event types are kept for one configuration: ids of children are among them. */
const maxSelections = 256;

const isAtomic = ({ type }: Node): boolean => type === "atomic" || type === "final";

const pathTo = (node: Node): readonly Node[] => (node.parent ? [node, ...pathTo(node.parent)] : [node]);

const eventlessOf = (node: Node): readonly Transition[] => pathTo(node).flatMap(({ always }) => always ?? []);

/** One object for all snapshots, so nobody may write to it. */
const frozen = (value: StateValue): StateValue => {
  if (typeof value === "string") return value;
  const below = Object.entries(value).map(([key, inner]) => [key, inner && frozen(inner)]);
  return Object.freeze(Object.fromEntries(below));
};

const keyOf = (nodes: readonly Node[], history: History): string => {
  const orders = (list: readonly Node[]) => list.map(({ order }) => order).join();
  const remembered = Object.entries(history).map(([id, list]) => `${id}=${orders(list)}`);
  return [orders(nodes), ...remembered].join(";");
};

export class Plans {
  readonly #machine: AnyStateMachine;
  readonly #hollow: HollowMachine;
  readonly #byKey = new Map<string, Configuration>();
  readonly #byNodes = new WeakMap<readonly Node[], Configuration>();
  #kept = 0;
  #start: Plan | undefined;
  readonly beforeStart: Configuration;

  /** Throws where the machine cannot be understood. */
  constructor(machine: AnyStateMachine) {
    this.#machine = machine;
    this.#hollow = new HollowMachine(machine);
    this.beforeStart = this.#configuration(this.#hollow.beforeStart());
  }

  /** There are too many: nothing more should be planned. */
  get isFull(): boolean {
    return this.#kept >= maxKept;
  }

  get methods(): HollowMachine["methods"] {
    return this.#hollow.methods;
  }

  of({ _nodes: nodes, historyValue: history, value, tags }: Snapshot): Configuration {
    const known = this.#byNodes.get(nodes);
    if (known && known.history === history) return known;
    return this.#configuration({ nodes, history: history as History, value, tags });
  }

  start(): Plan {
    this.#start ??= this.#plan(this.#hollow.start(), this.beforeStart);
    return this.#start;
  }

  step(before: Configuration, transitions: readonly Transition[]): Plan {
    let branch = before.plans;
    for (const transition of transitions) {
      let next = branch.next.get(transition);
      if (!next) {
        next = { next: new Map() };
        branch.next.set(transition, next);
      }
      branch = next;
    }
    if (branch.plan) return branch.plan;
    const plan = this.#plan(this.#hollow.step(before, transitions), before);
    branch.plan = plan;
    this.#kept += 1;
    return plan;
  }

  /** The transitions that an event takes. */
  select(configuration: Configuration, snapshot: Snapshot, event: AnyEventObject): readonly Transition[] {
    const { selections, statesIn } = configuration;
    const selection = selections.get(event.type) ?? this.#selection(configuration, snapshot, event);
    if ("transitions" in selection) return selection.transitions;
    return taken(selection.asking, event, new GuardAsker(snapshot, event, statesIn));
  }

  #selection({ selections, value }: Configuration, snapshot: Snapshot, event: AnyEventObject): Selection {
    if (selections.size >= maxSelections)
      return { transitions: this.#machine.getTransitionData(snapshot, event) };
    const asking = askingOf(this.#machine.root, value, event.type);
    const selection = asksGuards(asking)
      ? { asking }
      : { transitions: this.#machine.getTransitionData(snapshot, event) };
    selections.set(event.type, selection);
    return selection;
  }

  #configuration({ nodes, history, value, tags }: Shape): Configuration {
    const key = keyOf(nodes, history);
    const known = this.#byKey.get(key);
    if (known) return known;
    const eventless = nodes.filter(isAtomic).map(eventlessOf);
    const configuration: Configuration = {
      nodes: Object.freeze([...nodes]) as Node[],
      history: Object.freeze({ ...history }),
      value: frozen(value),
      tags: new Set(tags),
      eventless: eventless.filter((path) => path.length > 0),
      selections: new Map(),
      statesIn: new Map(),
      plans: { next: new Map() },
    };
    this.#byKey.set(key, configuration);
    this.#byNodes.set(configuration.nodes, configuration);
    this.#kept += 1;
    return configuration;
  }

  #plan({ marks, after, isSameList, isDone }: Rehearsal, before: Configuration): Plan {
    return {
      transitions: marks.flatMap((mark) => (mark.at === "transition" ? [mark.transition] : [])),
      parts: partsOf(marks),
      next: isSameList ? before : this.#configuration(after),
      keepsList: isSameList,
      isDone,
    };
  }
}

const stopsOf = (node: Node): readonly BuiltIn[] => node.invoke.map(({ id }) => asBuiltIn(stopChild(id)));

const spawnsOf = (node: Node): readonly BuiltIn[] =>
  node.invoke.map((invoked) =>
    asBuiltIn(
      spawnChild(invoked.src as never, { ...invoked, syncSnapshot: Boolean(invoked.onSnapshot) } as never),
    ),
  );

/** Marks become what is to be done; a state without actions leaves nothing. */
function partsOf(marks: readonly Mark[]): readonly Part[] {
  const parts: Part[] = [];
  // What comes after the transitions and entries is the farewell of a machine that is done: its children are stopped with it.
  let isLeaving = true;
  for (const [index, mark] of marks.entries()) {
    if (mark.at === "raise") parts.push({ do: "raise", type: mark.type, outputOf: mark.outputOf });
    else if (mark.at === "output") parts.push({ do: "output", type: mark.type, outputOf: mark.outputOf });
    else if (mark.at === "exit") {
      const { node } = mark;
      parts.push(acting([...node.exit, ...(isLeaving ? stopsOf(node) : [])] as Action[]));
    } else {
      isLeaving = false;
      if (mark.at === "transition") parts.push(acting(mark.transition.actions as readonly Action[]));
      if (mark.at === "entry") parts.push(entering(mark.node, marks[index + 1]));
    }
  }
  return parts.filter((part) => part.do !== "act" || part.actions.length > 0);
}

const acting = (actions: readonly Action[], invoked?: readonly string[]): Part => ({
  do: "act",
  actions,
  invoked,
});

/** The actions of a state's initial transition follow those of its entry. */
function entering(node: Node, following: Mark | undefined): Part {
  const isInitial = following?.at === "initial" && following.node === node;
  const initial = isInitial ? node.initial.actions : [];
  const actions = [...node.entry, ...spawnsOf(node), ...initial] as Action[];
  return acting(
    actions,
    node.invoke.map(({ id }) => id),
  );
}
