/**
 * One actor of a recording, run again: the same chart, given the same events, with nothing around it. Its ports never
 * begin, its timers are only noted, and what it lets out is kept for comparison.
 */
import {
  type AnyActorScope,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyStateNode,
  createActor,
  fromCallback,
} from "xstate";
import { charts } from "./charts.js";
import type { Output, RecordedEvent } from "./entry.js";
import type { CheckpointLine } from "./format.js";
import { outputOf } from "./outputs.js";
import type { ChartName } from "./settings.js";

/** What stands for ports and children: it is there, and does nothing. */
const inert = fromCallback(() => {});

/** Delayed events of our own, by the id of their timer; those of states are called `xstate.after.…`. */
export const ownTimers: ReadonlyMap<string, string> = new Map([
  ["stable", "uptime.stable"],
  ["drainDeadline", "drain.expired"],
]);

const ownTimerEvents: ReadonlySet<string> = new Set(ownTimers.values());

export const isTimerEvent = (type: string): boolean =>
  type.startsWith("xstate.after.") || ownTimerEvents.has(type);

/** What one step came to. */
export interface Made {
  readonly snapshot: AnyMachineSnapshot;
  readonly sent: readonly Output[];
  /** Random values that were drawn, and not recorded; or recorded, and not drawn. */
  readonly drawnTooMany: number;
  /** No timer was set that sends this event. */
  readonly noTimer: boolean;
}

/** Random values as they were recorded. */
class Draws {
  #left: readonly number[] = [];
  #tooMany = 0;

  readonly next = (): number => {
    const [value, ...rest] = this.#left;
    this.#left = rest;
    if (value === undefined) this.#tooMany += 1;
    return value ?? 0;
  };

  begin(values: readonly number[]): void {
    this.#left = values;
    this.#tooMany = 0;
  }

  /** Below 0: so many were not drawn. */
  get tooMany(): number {
    return this.#tooMany - this.#left.length;
  }
}

const machines = new Map<ChartName, AnyStateMachine>();

/** The chart with ports that do nothing; a child that is a chart is replayed by itself. */
function machineOf(chart: ChartName): AnyStateMachine {
  const known = machines.get(chart);
  if (known) return known;
  const machine: AnyStateMachine = charts[chart];
  const ports = Object.keys(machine.implementations.actors).map((name) => [name, inert]);
  const made = machine.provide({ actors: Object.fromEntries(ports) });
  machines.set(chart, made);
  return made;
}

export class ReplayedChart {
  readonly #machine: AnyStateMachine;
  readonly #scope: AnyActorScope;
  readonly #draws = new Draws();
  /** Event types by the ids of the timers that are set. */
  readonly #timers = new Map<string, string>();
  #sent: Output[] = [];
  #snapshot: AnyMachineSnapshot | undefined;

  constructor(chart: ChartName) {
    this.#machine = machineOf(chart);
    this.#scope = this.#makeScope();
  }

  /** Undefined before its first step. */
  get snapshot(): AnyMachineSnapshot | undefined {
    return this.#snapshot;
  }

  /** It begins with what it was given. */
  start(input: unknown, random: readonly number[]): Made {
    this.#begin(random);
    const given =
      typeof input === "object" && input !== null ? { ...input, random: this.#draws.next } : input;
    return this.#made(this.#machine.getInitialSnapshot(this.#scope, given), false);
  }

  /** It begins as it stood. Throws where its chart has no such state. */
  restore({ status, state, context, children, history }: CheckpointLine["checkpoint"]): void {
    const child = { src: inert, snapshot: { status: "active", output: undefined, error: undefined } };
    const persisted = {
      status,
      value: state,
      context:
        "random" in context || "policy" in context ? { ...context, random: this.#draws.next } : context,
      children: Object.fromEntries(children.map((id) => [id, child])),
      historyValue: Object.fromEntries(
        Object.entries(history).map(([id, states]) => [id, states.map((one) => ({ id: one }))]),
      ),
      output: undefined,
      error: undefined,
    };
    const snapshot: AnyMachineSnapshot = this.#machine.restoreSnapshot(persisted as never, this.#scope);
    this.#snapshot = snapshot;
    // Which of them run is not known; those of its states do, and none that may run is held against it.
    for (const [id, type] of ownTimers) this.#timers.set(id, type);
    for (const type of snapshot._nodes.flatMap(timersOf)) this.#timers.set(type, type);
  }

  /** It takes an event. One that throws stands as XState leaves it: with the status `error`. */
  take(event: RecordedEvent, random: readonly number[]): Made {
    const before = this.#snapshot;
    if (!before) throw new Error("A chart that has not begun takes no event.");
    this.#begin(random);
    const noTimer = isTimerEvent(event.type) && !this.#fire(event.type);
    try {
      return this.#made(this.#machine.transition(before, event, this.#scope), noTimer);
    } catch (error) {
      return this.#made({ ...before, status: "error", error } as AnyMachineSnapshot, noTimer);
    }
  }

  #begin(random: readonly number[]): void {
    this.#sent = [];
    this.#draws.begin(random);
  }

  #made(snapshot: AnyMachineSnapshot, noTimer: boolean): Made {
    this.#snapshot = snapshot;
    return { snapshot, sent: this.#sent, drawnTooMany: this.#draws.tooMany, noTimer };
  }

  #fire(type: string): boolean {
    const set = [...this.#timers].find(([, sends]) => sends === type);
    return set !== undefined && this.#timers.delete(set[0]);
  }

  #makeScope(): AnyActorScope {
    const parent = createActor(inert);
    const self = createActor(inert, { parent });
    const { id, sessionId, system } = self;
    const nothing = () => {};
    return {
      self,
      id,
      sessionId,
      system,
      logger: nothing,
      defer: nothing,
      emit: nothing,
      stopChild: nothing,
      actionExecutor: (action) => {
        const output = outputOf(action.type, action.params);
        if (output) this.#sent.push(output);
        else this.#noteTimer(action.type, action.params);
      },
    };
  }

  #noteTimer(type: string, params: unknown): void {
    if (type === "xstate.raise") {
      const { id, delay, event } = params as { id?: string; delay?: unknown; event: RecordedEvent };
      if (typeof delay === "number" && id !== undefined) this.#timers.set(id, event.type);
    } else if (type === "xstate.cancel") this.#timers.delete((params as { sendId: string }).sendId);
  }
}

const timersOf = (node: AnyStateNode): readonly string[] =>
  [...node.transitions.keys()].filter((type) => type.startsWith("xstate.after."));
