/** The actors of a recording as they were after one of its steps; what is looked at closely is read from the text. */
import { redact } from "../../src/inspect/redact.js";
import type { Fields } from "../feed/told.js";
import type { ActorsSeen, LookedActor, LookedStep } from "../source.js";
import { upTo } from "./column.js";
import type { Loaded } from "./intake.js";
import { mark, type PastActor, type Slot } from "./store.js";

/** As many as are shown live. */
const stepsShown = 24;

/** Who was in a state for longer than this many steps entered it at a time that nobody asks for. */
const stepsLookedBack = 5_000;

const nowhere: ReadonlySet<string> = new Set();

/** One of them. What it shows follows from its last step; so it is worked out once for each, when it is asked for. */
class Looked implements LookedActor {
  readonly actor: PastActor;
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly machine: string;
  readonly #actors: PastActors;
  readonly #known = new Map<string, unknown>();
  #knownAt = Number.NaN;

  constructor(actors: PastActors, actor: PastActor, name: string, address: string) {
    this.#actors = actors;
    this.actor = actor;
    this.id = String(actor.number);
    this.name = name;
    this.address = address;
    this.machine = actor.chart;
  }

  /** Its last step; -1: it has not moved since the recording began. */
  get version(): number {
    const steps = this.#actors.loaded.store.stepsOf(this.actor);
    return steps[upTo(steps, this.#actors.step) - 1] ?? -1;
  }

  get isLive(): boolean {
    return this.actor.end > this.#actors.step;
  }

  get active(): ReadonlySet<string> {
    const { store } = this.#actors.loaded;
    const { version } = this;
    return version < 0 ? (store.states[this.actor.stood?.state ?? -1] ?? nowhere) : store.statesAt(version);
  }

  get context(): Fields {
    return this.#once("context", (step) => redact(this.#actors.contextAt(this.actor, step)));
  }

  get steps(): readonly LookedStep[] {
    return this.#once("steps", (step) => {
      const shown: LookedStep[] = [];
      for (
        let at = step;
        at >= 0 && shown.length < stepsShown;
        at = this.#actors.loaded.store.before.at(at)
      ) {
        const told = this.#actors.stepAt(at);
        if (told) shown.unshift(told);
      }
      return shown;
    });
  }

  get path(): readonly string[] {
    return this.#once("path", (step) => {
      const { store } = this.#actors.loaded;
      for (let at = step; at >= 0; at = store.before.at(at)) {
        if (this.#stateBefore(at) === store.state.at(at)) continue;
        const taken = this.#actors.stepAt(at)?.taken ?? [];
        if (taken.length > 0) return taken;
      }
      return [];
    });
  }

  get enteredAt(): ReadonlyMap<string, number> {
    return this.#once("enteredAt", (step) => this.#entered(step));
  }

  /** A state is entered by a step that makes it active, or that its own timer took out of it and back. */
  #entered(step: number): ReadonlyMap<string, number> {
    const { store } = this.#actors.loaded;
    const found = new Map<string, number>();
    const wanted = new Set(this.active);
    let looked = 0;
    for (let at = step; at >= 0 && wanted.size > 0 && looked < stepsLookedBack; at = store.before.at(at)) {
      looked += 1;
      const before = store.before.at(at);
      const event = store.events.at(store.event.at(at));
      if (before < 0 && event === "checkpoint") break;
      const was = this.#stateBefore(at);
      const wasActive = store.states[was] ?? nowhere;
      const isTimer = event.startsWith("xstate.after.");
      if (!isTimer && was === store.state.at(at)) continue;
      const left = isTimer ? timersIn(this.#actors.stepAt(at)?.taken ?? []) : nowhere;
      for (const state of wanted) {
        if (wasActive.has(state) && !left.has(state)) continue;
        found.set(state, store.at.at(at));
        wanted.delete(state);
      }
    }
    return found;
  }

  /** The number of the states before a step; -1: it had none. */
  #stateBefore(step: number): number {
    const { store } = this.#actors.loaded;
    const before = store.before.at(step);
    return before < 0 ? (this.actor.stood?.state ?? -1) : store.state.at(before);
  }

  #once<Value>(name: string, make: (step: number) => Value): Value {
    const { version } = this;
    if (version !== this.#knownAt) this.#known.clear();
    this.#knownAt = version;
    if (!this.#known.has(name)) this.#known.set(name, make(version));
    return this.#known.get(name) as Value; // what `make` gave for this name
  }
}

const timersIn = (taken: readonly string[]): ReadonlySet<string> =>
  new Set(taken.flatMap((key) => (key.includes(" xstate.after.") ? (key.split(" ")[0] ?? []) : [])));

const isHost = ({ chart }: PastActor): boolean => chart === "supervisor" || chart === "partition";

export class PastActors implements ActorsSeen {
  readonly loaded: Loaded;
  step = -1;
  readonly #looked = new Map<number, Looked>();
  readonly #hosts: readonly PastActor[];
  /** When registrations and what hosts them began and ended, in order. */
  readonly #begins: Float64Array;
  readonly #ends: Float64Array;

  constructor(loaded: Loaded) {
    this.loaded = loaded;
    const outer = loaded.store.actors.filter((actor) => isHost(actor) || actor.chart === "registration");
    this.#hosts = outer.filter(isHost);
    this.#begins = Float64Array.from(outer, ({ first }) => first).sort();
    this.#ends = Float64Array.from(outer, ({ end }) => end).sort();
  }

  get changes(): number {
    return upTo(this.#begins, this.step) + upTo(this.#ends, this.step);
  }

  moveTo(step: number): void {
    this.step = step;
  }

  roots(): readonly LookedActor[] {
    const hosts = this.#hosts.filter((host) => !host.parent && this.#isThere(host));
    const alone = this.loaded.store.slots.flatMap((slot) => {
      const actor = this.#currentOf(slot);
      return actor && !actor.parent ? [actor] : [];
    });
    return [...hosts, ...alone].map((actor) => this.look(actor));
  }

  at(address: string): LookedActor | undefined {
    const slot = this.loaded.store.slotOf(address.split("/")[0] ?? "");
    if (slot === undefined) {
      const host = this.#hosts.findLast((one) => this.#isThere(one) && this.look(one).address === address);
      return host && this.look(host);
    }
    const registration = this.#currentOf(this.loaded.store.slots[slot]);
    const [, child] = address.split("/");
    const found = child === undefined ? registration : registration && this.#childOf(registration, child);
    return found && this.look(found);
  }

  childrenOf({ id }: LookedActor): readonly LookedActor[] {
    const actor = this.#looked.get(Number(id))?.actor;
    return (actor?.children ?? []).filter((child) => this.#isShown(child)).map((child) => this.look(child));
  }

  look(actor: PastActor): Looked {
    const known = this.#looked.get(actor.number);
    if (known) return known;
    const { name, address } = this.#namesOf(actor);
    const looked = new Looked(this, actor, name, address);
    this.#looked.set(actor.number, looked);
    return looked;
  }

  /** The whole context of an actor after one of its steps; -1: it stood still. */
  contextAt(actor: PastActor, step: number): Fields {
    if (step < 0) return actor.stood?.context ?? {};
    const { store, text } = this.loaded;
    const changes: Fields[] = [];
    let at = step;
    while (!store.contexts.has(at)) {
      const { policy, ...change } = text.parsed(store.offset.at(at), store.size.at(at)).context ?? {};
      changes.unshift(change);
      at = store.before.at(at);
    }
    return Object.assign({}, store.contexts.get(at), ...changes);
  }

  /** A step as the page tells of it; undefined: it is a checkpoint. */
  stepAt(step: number): LookedStep | undefined {
    const { store, text } = this.loaded;
    const { event, at, taken = [] } = text.parsed(store.offset.at(step), store.size.at(step));
    if (!event) return undefined;
    const { type, ...facts } = redact(event);
    return { at, event: event.type, facts, taken, active: store.statesAt(step), step };
  }

  #namesOf(actor: PastActor): { name: string; address: string } {
    const { chart, slot, first } = actor;
    if (chart === "partition") {
      const name = `partition-${String(this.contextAt(actor, first).partition)}`;
      return { name, address: name };
    }
    const key = this.loaded.store.slots[slot]?.key ?? chart;
    if (chart === "registration" || chart === "supervisor") return { name: key, address: key };
    return { name: chart, address: `${key}/${chart}` };
  }

  #isThere({ first, end }: PastActor): boolean {
    return first <= this.step && end > this.step;
  }

  /** Of registrations that have ended the last is shown, unless it was removed. */
  #isShown(actor: PastActor): boolean {
    if (actor.chart !== "registration") return this.#isThere(actor);
    return actor === this.#currentOf(this.loaded.store.slots[actor.slot]);
  }

  #currentOf(slot: Slot | undefined): PastActor | undefined {
    const actor = slot?.actors.findLast(({ first }) => first <= this.step);
    if (!actor || actor.end > this.step) return actor;
    return this.loaded.store.isMarked(actor.end, mark.removed) ? undefined : actor;
  }

  #childOf({ children }: PastActor, chart: string): PastActor | undefined {
    return children.findLast((child) => child.chart === chart && this.#isThere(child));
  }
}
