/**
 * Machines of XState that work out once what XState works out at each step: a view of a machine whose `transition` and
 * `getInitialSnapshot` go by plans. States, events, inspection and errors are XState's own and the same; its children are
 * those of `light-actor.ts`, and the timers of a system that begins with it those of `quick-system.ts`.
 * Knows nothing but XState.
 */
import {
  type AnyActorScope,
  type AnyEventObject,
  type AnyStateMachine,
  assign,
  type MachineContext,
  stopChild,
} from "xstate";
import { Draft, runActions, type Surroundings } from "./actions.js";
import { type Guard, GuardAsker } from "./guards.js";
import { type Configuration, type Plan, Plans } from "./plans.js";
import { isProven } from "./proven.js";
import { isObserved, quicken } from "./quick-system.js";
import {
  type Action,
  asBuiltIn,
  type Hearing,
  internalsOf,
  type Snapshot,
  type Transition,
  xstateEvents,
} from "./xstate-internals.js";

const none: readonly never[] = [];

/** Of each machine, however often it is asked for; null: it cannot be planned. */
const known = new WeakMap<AnyStateMachine, Plans | null>();

function plansOf(machine: AnyStateMachine): Plans | null {
  let plans = known.get(machine);
  if (plans === undefined) {
    try {
      plans = new Plans(machine);
    } catch {
      plans = null;
    }
    known.set(machine, plans);
  }
  return plans;
}

/**
 * The machine as logic for actors that goes by plans. It is the machine itself where plans are not proven: with another
 * version or copy of XState, with `maxIterations`, and where somebody has replaced its `transition`. What `provide` makes of
 * it is a machine without plans. `hearing`: hears all its steps, unless it is given back itself.
 */
export function planned<Machine extends AnyStateMachine>(machine: Machine, hearing?: Hearing): Machine {
  if (!isProven(machine)) return machine;
  const view: Machine = Object.create(machine);
  view.getInitialSnapshot = (scope: AnyActorScope, input?: unknown) => {
    const plans = plansOf(machine);
    if (!plans) return machine.getInitialSnapshot(hearing?.heard(scope) ?? scope, input);
    quicken(scope.self);
    return new Macrostep(machine, plans, scope, hearing).start(input);
  };
  view.transition = (snapshot: Snapshot, event: AnyEventObject, scope: AnyActorScope) => {
    const plans = plansOf(machine);
    const isPlanned =
      plans !== null &&
      !plans.isFull &&
      snapshot.status === "active" &&
      snapshot.machine === machine &&
      event.type !== xstateEvents.init &&
      event.type !== xstateEvents.any;
    return isPlanned
      ? new Macrostep(machine, plans, scope, hearing).take(snapshot, event)
      : machine.transition(snapshot, event, hearing?.heard(scope) ?? scope);
  };
  return view;
}

/** All that follows from one event. */
class Macrostep implements Surroundings {
  readonly machine: AnyStateMachine;
  readonly scope: AnyActorScope;
  readonly hearing: Hearing | undefined;
  readonly queue: AnyEventObject[] = [];
  readonly #plans: Plans;

  constructor(machine: AnyStateMachine, plans: Plans, scope: AnyActorScope, hearing: Hearing | undefined) {
    this.machine = machine;
    this.hearing = hearing;
    this.#plans = plans;
    this.scope = scope;
  }

  start(input: unknown): Snapshot {
    const event = { type: xstateEvents.init, input };
    let snapshot = this.#blank();
    try {
      const { context } = this.machine.config;
      if (typeof context === "function") snapshot = this.#withContext(snapshot, event, context);
      const plan = this.#plans.start();
      return this.#settle(this.#microstep(snapshot, plan, event), plan.next, event);
    } catch (error) {
      return { ...snapshot, status: "error", error } as Snapshot;
    }
  }

  take(snapshot: Snapshot, event: AnyEventObject): Snapshot {
    if (event.type === xstateEvents.stop) return this.#end(snapshot, event, { status: "stopped" });
    const configuration = this.#plans.of(snapshot);
    const transitions = this.#plans.select(configuration, snapshot, event);
    if (transitions.length === 0 && event.type.startsWith(xstateEvents.childError))
      return this.#end(snapshot, event, { status: "error", error: event.error });
    const [next, after] = this.#step(snapshot, configuration, transitions, event);
    this.#tell(next, event, transitions);
    return this.#settle(next, after, event);
  }

  /** Before anything is entered. */
  #blank(): Snapshot {
    const { context } = this.machine.config;
    const { nodes, value, tags, history } = this.#plans.beforeStart;
    const { matches, hasTag, can, getMeta, toJSON } = this.#plans.methods;
    return {
      status: "active",
      output: undefined,
      error: undefined,
      machine: this.machine,
      context: typeof context === "function" ? {} : (context ?? {}),
      _nodes: nodes,
      value,
      tags,
      children: {},
      historyValue: history,
      matches,
      hasTag,
      can,
      getMeta,
      toJSON,
    } as Snapshot;
  }

  #withContext(
    blank: Snapshot,
    event: AnyEventObject,
    contextOf: (args: { spawn: never; input: unknown; self: never }) => MachineContext,
  ): Snapshot {
    const draft = new Draft(blank);
    const assignment = assign(({ spawn, event: { input }, self }: never) =>
      contextOf({ spawn, input, self }),
    );
    runActions(this, draft, event, [assignment as Action], undefined);
    return draft.snapshot;
  }

  /** What follows by itself: transitions without an event, then events that were raised. */
  #settle(first: Snapshot, configuration: Configuration, firstEvent: AnyEventObject): Snapshot {
    let snapshot = first;
    let at = configuration;
    let event = firstEvent;
    let looksForEventless = true;
    while (snapshot.status === "active") {
      let transitions: readonly Transition[] = looksForEventless
        ? this.#eventless(snapshot, at, event)
        : none;
      const before = transitions.length > 0 ? snapshot : undefined;
      if (transitions.length === 0) {
        if (this.queue.length === 0) break;
        event = this.queue.shift() as AnyEventObject;
        transitions = this.#plans.select(at, snapshot, event);
      }
      [snapshot, at] = this.#step(snapshot, at, transitions, event);
      looksForEventless = snapshot !== before;
      this.#tell(snapshot, event, transitions);
    }
    if (snapshot.status !== "active") this.#stopChildren(new Draft(snapshot), event);
    return snapshot;
  }

  #eventless(snapshot: Snapshot, at: Configuration, event: AnyEventObject): readonly Transition[] {
    if (at.eventless.length === 0) return none;
    const asker = new GuardAsker(snapshot, event, at.statesIn);
    const enabled = new Set<Transition>();
    for (const path of at.eventless) {
      const taken = path.find(({ guard }) => !guard || asker.says(guard as Guard));
      if (taken) enabled.add(taken);
    }
    return enabled.size === 0 ? none : this.#plans.step(at, [...enabled]).transitions;
  }

  #step(
    snapshot: Snapshot,
    at: Configuration,
    transitions: readonly Transition[],
    event: AnyEventObject,
  ): readonly [Snapshot, Configuration] {
    if (transitions.length === 0) return [snapshot, at];
    const plan = this.#plans.step(at, transitions);
    return [this.#microstep(snapshot, plan, event), plan.next];
  }

  #microstep(snapshot: Snapshot, { parts, next, keepsList, isDone }: Plan, event: AnyEventObject): Snapshot {
    const draft = new Draft(snapshot);
    let output: unknown;
    for (const part of parts) {
      if (part.do === "act") {
        runActions(this, draft, event, part.actions, part.invoked);
        continue;
      }
      const { type, outputOf } = part;
      const { context } = draft.snapshot;
      const done = { type, output: outputOf && this.#output(outputOf.output, context, event) };
      if (part.do === "raise") this.queue.push(done);
      else output = this.#output(this.machine.root.output, context, done);
    }
    if (isDone) Object.assign(draft.copy(), { status: "done", output });
    if (!keepsList) draft.stand(next);
    return draft.snapshot;
  }

  #output(output: unknown, context: MachineContext, event: AnyEventObject): unknown {
    return typeof output === "function" ? output({ context, event, self: this.scope.self }) : output;
  }

  /** The machine ends here: its children are stopped. */
  #end(snapshot: Snapshot, event: AnyEventObject, how: Partial<Snapshot>): Snapshot {
    const draft = new Draft(snapshot);
    this.#stopChildren(draft, event);
    const ended = Object.assign(draft.copy(), how) as Snapshot;
    this.#tell(ended, event, none);
    return ended;
  }

  #stopChildren(draft: Draft, event: AnyEventObject): void {
    const stops = Object.values(draft.snapshot.children).map((child) => asBuiltIn(stopChild(child as never)));
    runActions(this, draft, event, stops as never, undefined);
  }

  #tell(snapshot: Snapshot, event: AnyEventObject, transitions: readonly Transition[]): void {
    if (transitions.length > 0) this.hearing?.takes(transitions);
    if (!isObserved(this.scope.system)) return;
    internalsOf(this.scope.system)._sendInspectionEvent({
      type: "@xstate.microstep",
      actorRef: this.scope.self,
      event,
      snapshot,
      _transitions: transitions,
    });
  }
}
