/** The steps of a runtime's charts as messages for `@statelyai/inspect`, made from the recorder's steps. */
import type { AnyStateMachine } from "xstate";
import { partitionMachine } from "../../machines/partition.js";
import { supervisorMachine } from "../../machines/supervisor.js";
import { charts } from "../recording/charts.js";
import { type Entry, type RecordedActor, startEvent } from "../recording/entry.js";
import { senderOf } from "../recording/senders.js";
import { keyOf } from "../recording/taken.js";
import { redact } from "./redact.js";
import { nameOf } from "./shown-step.js";
import {
  type EventData,
  type InspectionMessage,
  inspectionNames,
  type SnapshotData,
  shapeVersion,
} from "./stately-messages.js";

/** Where messages go: a function, or an adapter of `@statelyai/inspect`. */
export type InspectionSink =
  /** Called with each message. */
  | ((message: InspectionMessage) => void)
  /** Its `send` is called with each message. */
  | { send(message: InspectionMessage): void };

const machines: Readonly<Record<RecordedActor["chart"], AnyStateMachine>> = {
  ...charts,
  partition: partitionMachine,
  supervisor: supervisorMachine,
};

const withheld: ReadonlySet<string> = new Set(["context", "input", "output", "params"]);

const definitions = new Map<RecordedActor["chart"], string>();

/** A machine's configuration: functions become their names. Made once for each. */
function definitionOf(chart: RecordedActor["chart"]): string {
  const known = definitions.get(chart);
  if (known) return known;
  const text = JSON.stringify(machines[chart].config, (key, value: unknown) => {
    // Data, not structure: a context or an input may hold anything.
    if (withheld.has(key)) return undefined;
    return typeof value === "function" ? { type: value.name || "inline" } : value;
  });
  definitions.set(chart, text);
  return text;
}

const idOf = (number: number): string => `x:${number}`;

const eventData = (event: Entry["event"]): EventData => ({ ...redact(event), type: event.type });

const snapshotData = ({ status, state, context }: Entry["after"]): SnapshotData => ({
  status,
  value: state,
  context: redact(context),
});

export class StatelyMessages {
  readonly #sink: (message: InspectionMessage) => void;
  /** Of each actor, the newest child of each chart. */
  readonly #children = new Map<number, Map<string, number>>();
  readonly #charts = new Map<number, string>();
  #root = "";

  constructor(sink: InspectionSink) {
    this.#sink = typeof sink === "function" ? sink : (message) => sink.send(message);
  }

  take(entry: Entry): void {
    const { actor, event, after } = entry;
    const isStart = event.type === startEvent;
    if (isStart) this.#begin(entry);
    const common = this.#common(entry);
    const transitions = entry.taken.map(keyOf);
    this.#sink({
      ...common,
      type: inspectionNames.event,
      event: eventData(event),
      sourceId: this.#sourceOf(entry),
    });
    this.#sink({
      ...common,
      type: inspectionNames.snapshot,
      snapshot: snapshotData(after),
      event: eventData(event),
      ...(transitions.length > 0 ? { transitions } : {}),
    });
    if (after.status === "active") return;
    this.#children.delete(actor.number);
    this.#charts.delete(actor.number);
  }

  #begin(entry: Entry): void {
    const { actor, after } = entry;
    const { number, chart, parent } = actor;
    this.#root ||= idOf(number);
    this.#children.set(number, new Map());
    this.#charts.set(number, chart);
    if (parent !== null) this.#children.get(parent)?.set(chart, number);
    this.#sink({
      ...this.#common(entry),
      type: inspectionNames.actor,
      name: nameOf(actor, after.context),
      parentId: parent === null ? undefined : idOf(parent),
      machine: chart,
      definition: definitionOf(chart),
      snapshot: snapshotData(after),
    });
  }

  #common({ actor, at }: Entry) {
    return {
      sessionId: idOf(actor.number),
      rootId: this.#root,
      id: null,
      createdAt: String(at),
      _version: shapeVersion,
    };
  }

  /** Ports, and who commands the runtime, are no actors here. */
  #sourceOf({ actor: { number, chart, parent }, event }: Entry): string | undefined {
    const from = senderOf(chart, event.type);
    if (from === chart) return idOf(number);
    if (parent !== null && from === this.#charts.get(parent)) return idOf(parent);
    const child = this.#children.get(number)?.get(from);
    return child === undefined ? undefined : idOf(child);
  }
}
