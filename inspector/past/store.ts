/**
 * A recording of any length as columns of numbers, one for each step, and the text itself for what is looked at closely.
 * Filled line by line; `finish` works out what needs all of them.
 */
import type { Header } from "../../src/recording/format.js";
import type { RecordedLine } from "../../src/recording/read.js";
import { messagesOf } from "../../src/recording/senders.js";
import { activeStates } from "../feed/active-states.js";
import type { Fields } from "../feed/told.js";
import { numberAt } from "../parts/number-at.js";
import { Groups, Names, real, small, whole } from "./column.js";

type Chart = RecordedLine["actor"]["chart"];

/** One actor of a chart; its steps are found by `byActor`. */
export interface PastActor {
  readonly index: number;
  readonly number: number;
  readonly chart: Chart;
  /** Known when all is read: what hosts others may come last. */
  parent: PastActor | undefined;
  readonly parentNumber: number | null;
  /** Of its registration; -1: it hosts registrations. */
  readonly slot: number;
  readonly children: PastActor[];
  /** The step that it began with, or with which the recording begins to know it; -1: before all of them. */
  first: number;
  /** The step that it ended with; none: Infinity. */
  end: number;
  /** Of one that had stood still until its first step. */
  stood: Stood | undefined;
  steps: number;
  /** While it is filled: the last step, and the whole context after it. */
  last: number;
  context: Fields;
}

/** As numbers, like those of a step. */
export interface Stood {
  readonly state: number;
  readonly marks: number;
  readonly cause: number;
  readonly context: Fields;
}

/** A registration, by its key; it may have had several actors, one after the other. */
export interface Slot {
  readonly key: string;
  readonly actors: PastActor[];
}

/** Marks of a step. */
export const mark = {
  /** The registration waits longest between its tries. */
  waitsLongest: 1,
  /** It has taken events that its state did not expect. */
  strays: 2,
  failed: 4,
  paused: 8,
  removed: 16,
  /** The actor is not active any more. */
  ended: 32,
  /** Something went wrong: a link was lost, an actor failed, a registration gave up. */
  fault: 64,
  /** Its registration stands elsewhere. */
  moved: 128,
} as const;

const stops: Readonly<Record<string, number>> = {
  failed: mark.failed,
  paused: mark.paused,
  removed: mark.removed,
};

/** Of so many steps of an actor one has its whole context at hand. */
const contextEvery = 32;

const causeOf = ({ failure }: Fields): string =>
  typeof failure === "object" && failure !== null && "cause" in failure && typeof failure.cause === "string"
    ? failure.cause
    : "none";

function marksOf(chart: Chart, status: string, context: Fields): number {
  const ended = status === "active" ? 0 : mark.ended;
  const error = status === "error" ? mark.fault : 0;
  if (chart !== "registration") return ended | error;
  const backoffMs = numberAt(context, "backoffMs");
  const longest = backoffMs > 0 && backoffMs >= numberAt(context, "policy", "backoff", "maxMs");
  const stop = typeof context.stopReason === "string" ? (stops[context.stopReason] ?? 0) : 0;
  const strays = numberAt(context, "strays", "unexpected") > 0 ? mark.strays : 0;
  return ended | error | (longest ? mark.waitsLongest : 0) | strays | stop;
}

/** The key that an event of what hosts registrations is about. */
function keyIn(event: { readonly type: string }): string | undefined {
  if ("key" in event && typeof event.key === "string") return event.key;
  const spec: unknown = "spec" in event ? event.spec : undefined;
  const key: unknown = typeof spec === "object" && spec !== null && "key" in spec ? spec.key : undefined;
  return typeof key === "string" ? key : undefined;
}

export class Store {
  readonly header: Header;
  /** As recorded; `clock` never goes back. */
  readonly at = real();
  readonly clock = real();
  readonly actor = whole();
  readonly event = whole();
  /** Active states, by their number. */
  readonly state = whole();
  readonly cause = whole();
  readonly marks = small();
  /** The registration that a step is about; -1: none. */
  readonly about = whole();
  /** The step before it of the same actor; -1: none. */
  readonly before = whole();
  /** In the text, which has bytes. */
  readonly offset = real();
  readonly size = whole();
  /** How many messages there are up to this step, its own included. */
  readonly messages = whole();
  readonly events = new Names();
  readonly causes = new Names();
  readonly slots: Slot[] = [];
  readonly actors: PastActor[] = [];
  readonly contexts = new Map<number, Fields>();
  readonly states: ReadonlySet<string>[] = [];
  readonly #stateNumbers = new Map<string, number>();
  readonly #slots = new Map<string, number>();
  readonly #byNumber = new Map<number, PastActor>();
  #byActor: Groups | undefined;
  #bySlot: Groups | undefined;

  constructor(header: Header) {
    this.header = header;
  }

  get length(): number {
    return this.at.length;
  }

  /** The steps of an actor, in order. */
  stepsOf(actor: PastActor): Int32Array {
    this.#byActor ??= new Groups(this.actor.values, this.length, this.actors.length);
    return this.#byActor.of(actor.index);
  }

  /** The steps that are about a registration, its credentials' among them. */
  stepsAbout(slot: number): Int32Array {
    this.#bySlot ??= new Groups(this.about.values, this.length, this.slots.length);
    return this.#bySlot.of(slot);
  }

  slotOf(key: string): number | undefined {
    return this.#slots.get(key);
  }

  statesAt(step: number): ReadonlySet<string> {
    return this.states[this.state.at(step)] ?? new Set();
  }

  isMarked(step: number, which: number): boolean {
    return (this.marks.at(step) & which) !== 0;
  }

  /** All has been taken: who belongs to whom. */
  link(): void {
    for (const actor of this.actors) {
      actor.parent = actor.parentNumber === null ? undefined : this.#byNumber.get(actor.parentNumber);
      actor.parent?.children.push(actor);
    }
  }

  /** A line with its place in the text. */
  take(line: RecordedLine, offset: number, size: number): void {
    const actor = this.#actorOf(line.actor);
    const { chart } = actor;
    const isStep = line.kind === "step";
    const state = this.#stateNumber(chart, isStep ? line.state : line.checkpoint.state);
    const change: Fields = isStep ? (line.context ?? {}) : line.checkpoint.context;
    const isFirst = actor.steps === 0 && !actor.stood;
    if (isFirst) actor.context = change;
    else if (isStep && line.context) actor.context = { ...actor.context, ...change };
    const { context } = actor;
    const status = isStep ? (line.status ?? "active") : line.checkpoint.status;
    const marks = marksOf(chart, status, context);
    const cause = this.causes.numberOf(causeOf(context));
    if (!isStep && status === "active" && line.at === this.header.writtenAt) {
      actor.first = -1;
      actor.stood = { state, marks, cause, context };
      return;
    }
    this.#append(actor, line, {
      state,
      marks,
      cause,
      offset,
      size,
    });
    const sent = isStep ? (line.sent ?? []) : [];
    const said = isStep ? messagesOf({ chart, event: line.event, sent }).length : 0;
    this.messages.push(this.messages.at(this.messages.length - 1) + said);
  }

  #append(
    actor: PastActor,
    line: RecordedLine,
    {
      state,
      marks,
      cause,
      offset,
      size,
    }: { state: number; marks: number; cause: number; offset: number; size: number },
  ): void {
    const step = this.length;
    const event = line.kind === "step" ? line.event : { type: "checkpoint" };
    this.clock.push(Math.max(line.at, step === 0 ? line.at : this.clock.at(step - 1)));
    this.at.push(line.at);
    this.actor.push(actor.index);
    this.event.push(this.events.numberOf(event.type));
    this.state.push(state);
    this.cause.push(cause);
    this.marks.push(marks);
    const key = actor.slot < 0 ? keyIn(event) : undefined;
    this.about.push(key === undefined ? actor.slot : this.#slotNumber(key));
    this.before.push(actor.last);
    this.offset.push(offset);
    this.size.push(size);
    if (actor.steps % contextEvery === 0) this.contexts.set(step, actor.context);
    if (actor.steps === 0 && !actor.stood) actor.first = step;
    actor.steps += 1;
    actor.last = step;
    if ((marks & mark.ended) === 0) return;
    actor.end = Math.min(actor.end, step);
    actor.context = {};
  }

  #actorOf({ number, chart, key, parent }: RecordedLine["actor"]): PastActor {
    const known = this.#byNumber.get(number);
    if (known) return known;
    const slot = key === "" ? -1 : this.#slotNumber(key);
    const actor: PastActor = {
      index: this.actors.length,
      number,
      chart,
      parent: undefined,
      parentNumber: parent,
      slot,
      children: [],
      first: 0,
      end: Number.POSITIVE_INFINITY,
      stood: undefined,
      steps: 0,
      last: -1,
      context: {},
    };
    this.actors.push(actor);
    this.#byNumber.set(number, actor);
    if (chart === "registration") this.slots[slot]?.actors.push(actor);
    return actor;
  }

  #slotNumber(key: string): number {
    const known = this.#slots.get(key);
    if (known !== undefined) return known;
    this.#slots.set(key, this.slots.length);
    return this.slots.push({ key, actors: [] }) - 1;
  }

  #stateNumber(chart: Chart, value: unknown): number {
    const name = typeof value === "string" ? `${chart} ${value}` : `${chart} ${JSON.stringify(value)}`;
    const known = this.#stateNumbers.get(name);
    if (known !== undefined) return known;
    this.#stateNumbers.set(name, this.states.length);
    return this.states.push(activeStates(chart, value)) - 1;
  }
}
