/**
 * Notes what the charts of a runtime are given and what they make of it. Stands in the place of a machine's own
 * `transition` and `getInitialSnapshot`, which XState calls once for each event; so it sees every event in the order in
 * which it was processed, and costs one call and one entry each. The data path never comes here.
 */
import type { AnyActorRef, AnyActorScope, AnyMachineSnapshot, AnyStateMachine, EventObject } from "xstate";
import {
  type Entry,
  type Output,
  type RecordedActor,
  type RecordedEvent,
  type Standpoint,
  startEvent,
} from "./entry.js";
import { Memory } from "./memory.js";
import { outputOf } from "./outputs.js";
import type { ChartName, ChartRecorder, RecordingKeep } from "./settings.js";
import { sizeOfEntry } from "./size.js";

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
  #actors = 0;
  #step: Step | null = null;

  constructor({ maxBytes, keep, now = Date.now }: RecorderOptions) {
    this.keep = keep;
    this.memory = new Memory(maxBytes, keep);
    this.#now = now;
    this.startedAt = now();
  }

  recorded<Machine extends AnyStateMachine>(chart: ChartName, machine: Machine): Machine {
    const { transition, getInitialSnapshot } = machine;
    machine.getInitialSnapshot = (scope: AnyActorScope, input?: unknown) => {
      if (this.memory.isFull) this.memory.miss();
      if (this.memory.isFull) return getInitialSnapshot(scope, input);
      const track = this.#track(chart, scope, input);
      const start: RecordedEvent & { readonly input: unknown } = { type: startEvent, input };
      return this.#take(track, start, undefined, () => getInitialSnapshot(track.scope, input));
    };
    machine.transition = (snapshot: AnyMachineSnapshot, event: EventObject, scope: AnyActorScope) => {
      const track = this.#tracks.get(scope.self);
      if (this.memory.isFull) this.memory.miss();
      if (this.memory.isFull || !track) return transition(snapshot, event, scope);
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

  /** The actors that live now, the registration's before its children. */
  *standing(): Generator<Standing> {
    for (const track of this.#registrations.values()) {
      yield* this.#standingOf(track);
    }
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
    const mine: Step = { sent: null, drawn: null };
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
    const { sent, drawn } = step;
    const at = this.#now();
    const entry = {
      actor,
      at,
      event: withoutError(event),
      after,
      sent: sent ?? nothing,
      drawn: drawn ?? nothing,
    };
    this.memory.add({ ...entry, bytes: sizeOfEntry(entry, context) } satisfies Entry);
    track.context = after.context;
    if (after.status === "active" || this.#registrations.get(actor.key) !== track) return;
    this.#registrations.delete(actor.key);
  }

  #standpoint(track: Track, snapshot: AnyMachineSnapshot): Standpoint {
    if (track.children !== snapshot.children) {
      track.children = snapshot.children;
      track.ids = this.#idsOf(snapshot.children);
    }
    const { status, value: state, context, historyValue } = snapshot;
    return { status, state, context, children: track.ids, history: historyValue ?? noHistory };
  }

  #idsOf(children: object): readonly string[] {
    const ids = Object.keys(children);
    const name = ids.join();
    const known = this.#idLists.get(name) ?? ids;
    this.#idLists.set(name, known);
    return known;
  }

  #track(chart: ChartName, scope: AnyActorScope, input: unknown): Track {
    const ref: AnyActorRef = scope.self;
    const parent = ref._parent && this.#tracks.get(ref._parent);
    const key = parent?.actor.key ?? keyIn(input);
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
    if (!parent) this.#registrations.set(key, track);
    return track;
  }

  #listening(scope: AnyActorScope): AnyActorScope {
    return {
      ...scope,
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
