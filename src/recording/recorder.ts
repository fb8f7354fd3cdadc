/**
 * Notes what the charts of a runtime are given and what they make of it. Stands in the place of a machine's own
 * `transition` and `getInitialSnapshot`, which XState calls once for each event; so it sees every event in the order in
 * which it was processed, and costs one call and one entry each. The data path never comes here.
 */
import type { AnyActorRef, AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import {
  type Entry,
  type Owner,
  type RecordedActor,
  type RecordedEvent,
  type Standpoint,
  startEvent,
} from "./entry.js";
import { hearGuards } from "./heard-guards.js";
import { type Ear, type Hearing, Scopes } from "./heard-scope.js";
import { contextOfHost, eventOfHost, outputOfHost } from "./hosts.js";
import { Memory } from "./memory.js";
import { NotedStep, noHistory } from "./noted-step.js";
import { type ChartName, type ChartRecorder, type HostName, isHost, type RecordingKeep } from "./settings.js";
import { Sizes } from "./size.js";
import { StepNotes } from "./step-notes.js";

export interface RecorderOptions {
  readonly maxBytes: number;
  readonly keep: RecordingKeep;
  /** In ms since 1970. */
  readonly now?: () => number;
}

/** An actor while it lives. */
interface Track {
  readonly actor: RecordedActor;
  /** What XState gave it, with an executor that listens where the machine does not tell. */
  readonly scope: AnyActorScope;
  readonly ref: AnyActorRef;
  children: object;
  ids: readonly string[];
  context: Standpoint["context"] | undefined;
}

type Tracked = AnyActorRef & { [name: symbol]: Track | undefined };

const nothing: readonly never[] = [];

/** How an actor stands at the moment of writing. */
export interface Standing {
  readonly actor: RecordedActor;
  readonly after: Standpoint;
}

export class Recorder implements ChartRecorder {
  readonly startedAt: number;
  readonly keep: RecordingKeep;
  readonly memory: Memory;
  readonly #sizes = new Sizes();
  readonly #now: () => number;
  /** The name of the track at its actor: to look one up by its actor costs more than to note the step. */
  readonly #name = Symbol("recorded");
  /** The newest actor of each registration. */
  readonly #registrations = new Map<string, Track>();
  /** Which ids there are, each list once. */
  readonly #idLists = new Map<string, readonly string[]>();
  /** The supervisor and the partitions that live, by their numbers. */
  readonly #hosts = new Map<number, Track>();
  #supervisor: Track | undefined;
  readonly #listeners = new Set<(entry: Entry) => void>();
  #actors = 0;
  #steps = 0;
  readonly #notes = new StepNotes(null);
  /** Where it is written down what the step at hand lets out; null: nobody hears it. */
  #step: StepNotes | null = null;
  readonly #ear: Ear = {
    acts: (type, params) => this.#step?.acts(type, params),
    takes: (taken) => this.#step?.takes(taken),
  };
  readonly #scopes = new Scopes(this.#ear);
  readonly hearing: Hearing = { ...this.#ear, heard: (scope) => this.#scopes.heard(scope) };

  constructor({ maxBytes, keep, now = Date.now }: RecorderOptions) {
    this.keep = keep;
    this.memory = new Memory(maxBytes, keep);
    this.#now = now;
    this.startedAt = now();
  }

  /** Every step from now on, as it is noted, until the listener throws. Returns how to leave. */
  listen(listener: (entry: Entry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recorded<Machine extends AnyStateMachine>(
    chart: ChartName | HostName,
    machine: Machine,
    listens: boolean,
  ): Machine {
    const { transition, getInitialSnapshot } = machine;
    hearGuards(machine, (asked) => {
      this.#step?.asked.add(asked);
    });
    machine.getInitialSnapshot = (scope: AnyActorScope, input?: unknown) => {
      const track = this.#track(chart, scope, input, listens);
      if (this.#isIdle()) return this.#unheard(getInitialSnapshot, scope, input);
      const start: RecordedEvent & { readonly input: unknown } = { type: startEvent, input };
      const notes = this.#begin();
      let after: AnyMachineSnapshot;
      try {
        after = getInitialSnapshot(track.scope, input);
      } catch (error) {
        this.#step = notes.outer;
        notes.forget();
        throw error;
      }
      this.#note(track, start, notes, after);
      return after;
    };
    machine.transition = (snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope) => {
      const track = this.#trackOf(scope.self);
      if (!track || this.#isIdle()) return this.#unheard(transition, snapshot, event, scope);
      const notes = this.#begin();
      let after: AnyMachineSnapshot;
      try {
        after = transition(snapshot, event, track.scope);
      } catch (error) {
        // XState keeps everything but the status of a machine that throws.
        this.#note(track, event, notes, { ...snapshot, status: "error" } as AnyMachineSnapshot);
        throw error;
      }
      this.#note(track, event, notes, after);
      return after;
    };
    return machine;
  }

  /** The source of randomness, which notes what each step has drawn. */
  random(random: () => number): () => number {
    return () => {
      const value = random();
      this.#step?.drawn.add(value);
      return value;
    };
  }

  /** Something has gone wrong in a registration or in Mooring itself. */
  fault(): void {
    this.memory.fault(this.#now());
  }

  /** The actors that live now: what hosts others before those, the registration before its children. */
  *standing(): Generator<Standing> {
    for (const number of this.#hosts.keys()) yield* this.standingOf(number);
    for (const key of this.#registrations.keys()) yield* this.standingOf(key);
  }

  /** Those of one owner. */
  *standingOf(owner: Owner): Generator<Standing> {
    const track = typeof owner === "number" ? this.#hosts.get(owner) : this.#registrations.get(owner);
    if (track) yield* this.#standingOf(track);
  }

  /** No step is noted: there is no room, and nobody listens. */
  #isIdle(): boolean {
    if (!this.memory.isFull || this.#listeners.size > 0) return false;
    this.memory.miss();
    return true;
  }

  *#standingOf(track: Track): Generator<Standing> {
    const snapshot = track.ref.getSnapshot() as AnyMachineSnapshot;
    if (snapshot.status !== "active") return;
    yield { actor: track.actor, after: this.#standpoint(track, snapshot) };
    // Whom a host has stands for itself.
    if (isHost(track.actor.chart)) return;
    for (const child of Object.values(snapshot.children) as (AnyActorRef | undefined)[]) {
      const known = child && this.#trackOf(child);
      if (known) yield* this.#standingOf(known);
    }
  }

  /** A step that is not noted: what it lets out is not of the step within which it is taken. */
  #unheard<Args extends unknown[], Result>(step: (...args: Args) => Result, ...args: Args): Result {
    const outer = this.#step;
    if (!outer) return step(...args);
    const notes = outer.inner;
    this.#step = notes;
    try {
      return step(...args);
    } finally {
      this.#step = outer;
      notes.forget();
    }
  }

  #begin(): StepNotes {
    this.#step = this.#step ? this.#step.inner : this.#notes;
    return this.#step;
  }

  /** The step is over. */
  #note(track: Track, event: RecordedEvent, notes: StepNotes, after: AnyMachineSnapshot): void {
    this.#step = notes.outer;
    const { actor, context } = track;
    const host = isHost(actor.chart);
    const sent = notes.sent.takeAll();
    this.#steps += 1;
    const entry = new NotedStep(
      actor,
      this.#steps,
      this.#now(),
      host ? eventOfHost(event) : withoutError(event),
      after,
      contextOf(track, after),
      this.#idsOf(track, after),
      host ? sent.map(outputOfHost) : sent,
      notes,
    );
    entry.bytes = this.#sizes.of(entry, context);
    this.memory.add(entry);
    for (const listener of this.#listeners) this.#tell(listener, entry);
    track.context = entry.context;
    if (entry.status === "active") return;
    this.#hosts.delete(actor.number);
    if (this.#registrations.get(actor.key) === track) this.#registrations.delete(actor.key);
  }

  /** Within the step of a chart, which must not fail for who looks on: whoever throws is told nothing more. */
  #tell(listener: (entry: Entry) => void, entry: Entry): void {
    try {
      listener(entry);
    } catch {
      this.#listeners.delete(listener);
    }
  }

  #standpoint(track: Track, snapshot: AnyMachineSnapshot): Standpoint {
    const { status, value: state, historyValue } = snapshot;
    const history = historyValue ?? noHistory;
    return {
      status,
      state,
      context: contextOf(track, snapshot),
      children: this.#idsOf(track, snapshot),
      history,
    };
  }

  /** Of the children that an actor has now. */
  #idsOf(track: Track, { children }: AnyMachineSnapshot): readonly string[] {
    // Whom a host has is told by those themselves, and another list for each of its members would stay for ever.
    if (track.children === children || isHost(track.actor.chart)) return track.ids;
    const ids = Object.keys(children);
    const name = ids.join();
    const known = this.#idLists.get(name) ?? ids;
    this.#idLists.set(name, known);
    track.children = children;
    track.ids = known;
    return known;
  }

  #trackOf(actor: AnyActorRef): Track | undefined {
    return (actor as Tracked)[this.#name];
  }

  #track(chart: ChartName | HostName, scope: AnyActorScope, input: unknown, listens: boolean): Track {
    const ref: AnyActorRef = scope.self;
    // A partition is the root of a system of its own.
    const parent = chart === "partition" ? this.#supervisor : ref._parent && this.#trackOf(ref._parent);
    const isChild = chart === "credentials" || chart === "liveness";
    const key = isChild ? (parent?.actor.key ?? "") : chart === "registration" ? keyIn(input) : "";
    this.#actors += 1;
    const actor = { number: this.#actors, chart, key, parent: parent?.actor.number ?? null };
    const track: Track = {
      actor,
      scope: listens ? this.#scopes.heard(scope) : scope,
      ref,
      children: nothing,
      ids: nothing,
      context: undefined,
    };
    (ref as Tracked)[this.#name] = track;
    if (chart === "registration") this.#registrations.set(key, track);
    if (chart === "supervisor") this.#supervisor = track;
    if (isHost(chart)) this.#hosts.set(actor.number, track);
    return track;
  }
}

const contextOf = ({ actor }: Track, { context }: AnyMachineSnapshot): Standpoint["context"] =>
  isHost(actor.chart) ? contextOfHost(context) : context;

/** What was thrown may hold anything, a secret too; no chart looks at more than that something was. */
function withoutError(event: RecordedEvent): RecordedEvent {
  const { type, error } = event as { readonly type: string; readonly error?: unknown };
  // Not `in`, which takes longer. XState's own events have one also where nothing was thrown.
  return error === undefined && !type.startsWith("xstate.error.")
    ? event
    : ({ ...event, error: { name: nameOfThrown(error) } } as RecordedEvent);
}

function nameOfThrown(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return /^[A-Za-z_$][\w$]{0,63}$/.test(error.name) ? error.name : "Error";
}

const keyIn = (input: unknown): string =>
  typeof input === "object" && input !== null && "key" in input ? String(input.key) : "";
