/** What the page knows of the actors. What has ended is forgotten, but for registrations, which count as stopped. */
import type { ActorsSeen, LookedActor, LookedStep } from "../source.js";
import { activeStates } from "./active-states.js";
import type { ActorTold, Fields, StepTold, Told } from "./told.js";

export interface SeenActor extends LookedActor {
  readonly id: string;
  readonly name: string;
  /** How a person names it: a registration by its key, what is below another behind that and a slash. */
  readonly address: string;
  readonly machine: string | undefined;
  readonly parentId: string | undefined;
  readonly children: Set<string>;
  isLive: boolean;
  active: ReadonlySet<string>;
  context: Fields;
  /** When each active state was entered; without those that were entered unseen. */
  readonly enteredAt: Map<string, number>;
  readonly steps: LookedStep[];
  /** The transitions of the last step that led somewhere. */
  path: readonly string[];
  /** Counts what was told of it. */
  version: number;
}

const unknownState: ActorTold["state"] = { isLive: true, value: undefined, context: {} };

/** Newest last. */
const stepsKept = 24;

/** A registration's name ends with its place in its partition. */
const keyOf = (name: string): string => name.replace(/~\d+$/, "");

export class Actors implements ActorsSeen {
  /** How often an actor came or went. */
  changes = 0;
  readonly #byId = new Map<string, SeenActor>();
  readonly #byAddress = new Map<string, SeenActor>();

  get(id: string | undefined): SeenActor | undefined {
    return id === undefined ? undefined : this.#byId.get(id);
  }

  at(address: string): SeenActor | undefined {
    return this.#byAddress.get(address);
  }

  roots(): readonly SeenActor[] {
    return [...this.#byId.values()].filter(
      ({ parentId, machine }) => parentId === undefined && machine !== undefined,
    );
  }

  childrenOf({ id }: LookedActor): readonly SeenActor[] {
    return [...(this.#byId.get(id)?.children ?? [])].flatMap((child) => this.#byId.get(child) ?? []);
  }

  clear(): void {
    this.changes += 1;
    this.#byId.clear();
    this.#byAddress.clear();
  }

  /** The actor that something was told of. */
  take(told: Told): SeenActor | undefined {
    return told.what === "actor" ? this.#add(told) : this.#step(told);
  }

  /** The first that is told: every actor as it is now, then steps of before, of which the last led to now. */
  takePresent(all: readonly Told[], follow: (actor: SeenActor, at: number | undefined) => void): void {
    const waiting = new Map(
      all.flatMap((told) => (told.what === "actor" ? [[told.id, told.state] as const] : [])),
    );
    for (const told of all) {
      const actor = this.take(told.what === "actor" ? { ...told, state: unknownState } : told);
      if (told.what !== "step" || !actor) continue;
      waiting.delete(told.id);
      follow(actor, told.at);
    }
    for (const [id, state] of waiting) {
      const actor = this.#byId.get(id);
      if (!actor) continue;
      this.#be(actor, state);
      follow(actor, undefined);
    }
  }

  #add({ id, name, machine, parentId, state }: ActorTold): SeenActor {
    const parent = this.get(parentId);
    const isBelow = parent !== undefined && machine !== "registration" && machine !== "partition";
    const address = isBelow && parent.parentId !== undefined ? `${parent.address}/${name}` : keyOf(name);
    const before = this.#byAddress.get(address);
    if (before && before.id !== id) this.#forget(before);
    const actor: SeenActor = {
      id,
      name,
      address,
      machine,
      parentId,
      children: new Set(),
      isLive: true,
      active: new Set(),
      context: {},
      enteredAt: new Map(),
      steps: [],
      path: [],
      version: 0,
    };
    this.#be(actor, state);
    this.changes += 1;
    this.#byId.set(id, actor);
    this.#byAddress.set(address, actor);
    parent?.children.add(id);
    return actor;
  }

  #step({ id, at, event, facts, state, taken }: StepTold): SeenActor | undefined {
    const actor = this.#byId.get(id);
    if (!actor) return undefined;
    const before = actor.active;
    this.#be(actor, state);
    const { active } = actor;
    // Of states that were entered before anything was told, nobody knows when.
    const isKnown = before.size > 1 || event === "xstate.init";
    if (isKnown && (active !== before || taken.length > 0)) this.#enter(actor, before, taken, at);
    actor.steps.push({ at, event, facts, taken, active });
    if (actor.steps.length > stepsKept) actor.steps.shift();
    if (active !== before && taken.length > 0) actor.path = taken;
    if (!actor.isLive && actor.machine !== "registration") this.#forget(actor);
    return actor;
  }

  #be(actor: SeenActor, { isLive, value, context }: ActorTold["state"]): void {
    actor.isLive = isLive;
    actor.context = context;
    actor.version += 1;
    if (actor.machine !== undefined) actor.active = activeStates(actor.machine, value);
  }

  /** A step that was taken by the timer of a state leaves it, even if it comes back to it. */
  #enter(actor: SeenActor, before: ReadonlySet<string>, taken: readonly string[], at: number): void {
    const left = new Set(taken.flatMap((key) => (key.includes(" xstate.after.") ? key.split(" ")[0] : [])));
    for (const state of actor.enteredAt.keys()) if (!actor.active.has(state)) actor.enteredAt.delete(state);
    for (const state of actor.active)
      if (!before.has(state) || left.has(state)) actor.enteredAt.set(state, at);
  }

  #forget(actor: SeenActor): void {
    this.changes += 1;
    this.#byId.delete(actor.id);
    if (this.#byAddress.get(actor.address) === actor) this.#byAddress.delete(actor.address);
    this.get(actor.parentId)?.children.delete(actor.id);
    for (const child of actor.children) {
      const seen = this.#byId.get(child);
      if (seen) this.#forget(seen);
    }
  }
}
