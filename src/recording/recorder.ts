/**
 * Notes what the charts of a runtime are given and what they make of it. Stands in the place of a machine's own
 * `transition` and `getInitialSnapshot`, which XState calls once for each event; so it sees every event in the order in
 * which it was processed, and costs one call and one entry each. The data path never comes here.
 */
import type {
  AnyActorRef,
  AnyActorScope,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  EventObject,
} from "xstate";
import {
  type Asked,
  type Entry,
  type Output,
  type RecordedActor,
  type RecordedEvent,
  type Standpoint,
  startEvent,
} from "./entry.js";
import { hearGuards } from "./heard-guards.js";
import { contextOfHost, eventOfHost, outputOfHost } from "./hosts.js";
import { Memory } from "./memory.js";
import { outputOf } from "./outputs.js";
import { type ChartName, type ChartRecorder, type HostName, isHost, type RecordingKeep } from "./settings.js";
import { sizeOfEntry } from "./size.js";
import { hearTransitions } from "./xstate-inspection.js";

export interface RecorderOptions {
  readonly maxBytes: number;
  readonly keep: RecordingKeep;
  /** In ms since 1970. */
  readonly now?: () => number;
}

/** An actor while it lives. */
interface Track {
  readonly actor: RecordedActor;
  /** What XState gave it, with an executor that listens. */
  readonly scope: AnyActorScope;
  readonly ref: AnyActorRef;
  children: object;
  ids: readonly string[];
  context: Standpoint["context"] | undefined;
}

/** What leaves a chart during one step; children that it starts take their first step within it. */
interface Step {
  sent: Output[] | null;
  drawn: number[] | null;
  taken: readonly AnyTransitionDefinition[] | null;
  asked: Asked[] | null;
}

const nothing: readonly never[] = [];
const noHistory: Standpoint["history"] = {};

/** How an actor stands at the moment of writing. */
export interface Standing {
  readonly actor: RecordedActor;
  readonly after: Standpoint;
}

export class Recorder implements ChartRecorder {
  readonly startedAt: number;
  readonly keep: RecordingKeep;
  readonly memory: Memory;
  readonly #now: () => number;
  readonly #tracks = new WeakMap<AnyActorRef, Track>();
  /** The newest actor of each registration. */
  readonly #registrations = new Map<string, Track>();
  /** Which ids there are, each list once. */
  readonly #idLists = new Map<string, readonly string[]>();
  /** The supervisor and the partitions that live. */
  readonly #hosts = new Set<Track>();
  #supervisor: Track | undefined;
  readonly #listeners = new Set<(entry: Entry) => void>();
  #actors = 0;
  #step: Step | null = null;

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

  recorded<Machine extends AnyStateMachine>(chart: ChartName | HostName, machine: Machine): Machine {
    const { transition, getInitialSnapshot } = machine;
    hearGuards(machine, (guard, said) => {
      if (!this.#step) return;
      this.#step.asked ??= [];
      this.#step.asked.push([guard, said]);
    });
    machine.getInitialSnapshot = (scope: AnyActorScope, input?: unknown) => {
      const track = this.#track(chart, scope, input);
      if (this.#isIdle()) return getInitialSnapshot(scope, input);
      const start: RecordedEvent & { readonly input: unknown } = { type: startEvent, input };
      return this.#take(track, start, undefined, () => getInitialSnapshot(track.scope, input));
    };
    machine.transition = (snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope) => {
      const track = this.#tracks.get(scope.self);
      if (!track || this.#isIdle()) return transition(snapshot, event, scope);
      return this.#take(track, event, snapshot, () => transition(snapshot, event, track.scope));
    };
    return machine;
  }

  /** The source of randomness, which notes what each step has drawn. */
  random(random: () => number): () => number {
    return () => {
      const value = random();
      if (this.#step) {
        this.#step.drawn ??= [];
        this.#step.drawn.push(value);
      }
      return value;
    };
  }

  /** Something has gone wrong in a registration or in Mooring itself. */
  fault(): void {
    this.memory.fault(this.#now());
  }

  /** The actors that live now: what hosts others before those, the registration before its children. */
  *standing(wanted: (actor: RecordedActor) => boolean = () => true): Generator<Standing> {
    for (const track of this.#hosts) {
      if (!wanted(track.actor)) continue;
      const snapshot = track.ref.getSnapshot() as AnyMachineSnapshot;
      if (snapshot.status === "active")
        yield { actor: track.actor, after: this.#standpoint(track, snapshot) };
    }
    for (const track of this.#registrations.values()) {
      if (wanted(track.actor)) yield* this.#standingOf(track);
    }
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
    for (const child of Object.values(snapshot.children) as (AnyActorRef | undefined)[]) {
      const known = child && this.#tracks.get(child);
      if (known) yield* this.#standingOf(known);
    }
  }

  #take(
    track: Track,
    event: RecordedEvent,
    before: AnyMachineSnapshot | undefined,
    step: () => AnyMachineSnapshot,
  ): AnyMachineSnapshot {
    const outer = this.#step;
    const mine: Step = { sent: null, drawn: null, taken: null, asked: null };
    this.#step = mine;
    let after: AnyMachineSnapshot;
    try {
      after = step();
    } catch (error) {
      // XState keeps everything but the status of a machine that throws.
      if (before) this.#note(track, event, mine, { ...this.#standpoint(track, before), status: "error" });
      throw error;
    } finally {
      this.#step = outer;
    }
    this.#note(track, event, mine, this.#standpoint(track, after));
    return after;
  }

  #note(track: Track, event: RecordedEvent, step: Step, after: Standpoint): void {
    const { actor, context } = track;
    const { sent, drawn, taken, asked } = step;
    const host = isHost(actor.chart);
    const noted = {
      actor,
      at: this.#now(),
      event: host ? eventOfHost(event) : withoutError(event),
      after,
      sent: (host ? sent?.map(outputOfHost) : sent) ?? nothing,
      drawn: drawn ?? nothing,
      taken: taken ?? nothing,
      asked: asked ?? nothing,
    };
    const entry: Entry = { ...noted, bytes: sizeOfEntry(noted, context) };
    this.memory.add(entry);
    for (const listener of this.#listeners) this.#tell(listener, entry);
    track.context = after.context;
    if (after.status === "active") return;
    this.#hosts.delete(track);
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
    const isOfHost = isHost(track.actor.chart);
    // Whom a host has is told by those themselves, and another list for each of its members would stay for ever.
    if (track.children !== snapshot.children && !isOfHost) {
      track.children = snapshot.children;
      track.ids = this.#idsOf(snapshot.children);
    }
    const { status, value: state, historyValue } = snapshot;
    const context = isOfHost ? contextOfHost(snapshot.context) : snapshot.context;
    return { status, state, context, children: track.ids, history: historyValue ?? noHistory };
  }

  #idsOf(children: object): readonly string[] {
    const ids = Object.keys(children);
    const name = ids.join();
    const known = this.#idLists.get(name) ?? ids;
    this.#idLists.set(name, known);
    return known;
  }

  #track(chart: ChartName | HostName, scope: AnyActorScope, input: unknown): Track {
    const ref: AnyActorRef = scope.self;
    // A partition is the root of a system of its own.
    const parent = chart === "partition" ? this.#supervisor : ref._parent && this.#tracks.get(ref._parent);
    const isChild = chart === "credentials" || chart === "liveness";
    const key = isChild ? (parent?.actor.key ?? "") : chart === "registration" ? keyIn(input) : "";
    this.#actors += 1;
    const actor = { number: this.#actors, chart, key, parent: parent?.actor.number ?? null };
    const track: Track = {
      actor,
      scope: this.#listening(scope),
      ref,
      children: nothing,
      ids: nothing,
      context: undefined,
    };
    this.#tracks.set(ref, track);
    if (chart === "registration") this.#registrations.set(key, track);
    if (chart === "supervisor") this.#supervisor = track;
    if (isHost(chart)) this.#hosts.add(track);
    return track;
  }

  #listening(scope: AnyActorScope): AnyActorScope {
    return {
      ...scope,
      system: hearTransitions(scope.system, (taken) => {
        if (this.#step) this.#step.taken = this.#step.taken ? [...this.#step.taken, ...taken] : taken;
      }),
      actionExecutor: (action) => {
        const output = outputOf(action);
        if (output && this.#step) {
          this.#step.sent ??= [];
          this.#step.sent.push(output);
        }
        scope.actionExecutor(action);
      },
    };
  }
}

/** What was thrown may hold anything, a secret too; no chart looks at more than that something was. */
function withoutError(event: RecordedEvent): RecordedEvent {
  if (!("error" in event)) return event;
  return { ...event, error: { name: nameOfThrown(event.error) } } as RecordedEvent;
}

function nameOfThrown(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return /^[A-Za-z_$][\w$]{0,63}$/.test(error.name) ? error.name : "Error";
}

const keyIn = (input: unknown): string =>
  typeof input === "object" && input !== null && "key" in input ? String(input.key) : "";
