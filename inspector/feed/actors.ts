/** What the page knows of the actors that host registrations, and of those that it looks at. */
import type { LookedActor, LookedStep } from "../source.js";
import { activeStates } from "./active-states.js";
import type { ActorState, ActorTold, Fields, StepTold, Told } from "./told.js";

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

const unknownState: ActorState = { isLive: true, value: undefined, context: {} };

/** Newest last. */
const stepsKept = 40;

const hosts: ReadonlySet<string | undefined> = new Set(["supervisor", "partition"]);

export const isHost = ({ machine }: Pick<SeenActor, "machine">): boolean => hosts.has(machine);

/** The key of the registration that an address belongs to; of a host its own name. */
export const registrationIn = (address: string): string => address.split("/")[0] ?? "";

export class Actors {
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

  all(): Iterable<SeenActor> {
    return this.#byId.values();
  }

  childrenOf({ id }: Pick<SeenActor, "id">): readonly SeenActor[] {
    return [...(this.#byId.get(id)?.children ?? [])].flatMap((child) => this.#byId.get(child) ?? []);
  }

  clear(): void {
    this.changes += 1;
    this.#byId.clear();
    this.#byAddress.clear();
  }

  /** Forgets what is not looked at any more; who hosts whom stays known. */
  keep(isLookedAt: (address: string) => boolean): void {
    for (const actor of this.#byId.values())
      if (!isHost(actor) && !isLookedAt(registrationIn(actor.address))) this.#forget(actor);
  }

  take(told: Told): void {
    if (told.what === "actor") this.#add(told);
    else if (told.what === "step") this.#step(told);
    else {
      const actor = this.#byId.get(told.id);
      if (actor) this.#forget(actor);
    }
  }

  #add(told: ActorTold): void {
    const { id, name, machine, parentId, state } = told;
    const again = this.#byId.get(id);
    if (again) return this.#beAnew(again, state);
    const parent = this.get(parentId);
    const isBelow = parent?.machine === "registration";
    const address = isBelow ? `${parent.address}/${name}` : name;
    const before = this.#byAddress.get(address);
    if (before) this.#forget(before);
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
    this.#be(actor, state ?? unknownState);
    this.changes += 1;
    this.#byId.set(id, actor);
    this.#byAddress.set(address, actor);
    parent?.children.add(id);
  }

  /** Its steps come again from the beginning. */
  #beAnew(actor: SeenActor, state: ActorState | undefined): void {
    actor.steps.length = 0;
    actor.enteredAt.clear();
    actor.path = [];
    this.#be(actor, state ?? unknownState);
  }

  #step({ id, at, event, facts, from, state, taken, asked, sent }: StepTold): void {
    const actor = this.#byId.get(id);
    if (!actor) return;
    const before = actor.active;
    this.#be(actor, state);
    const { active } = actor;
    // Of states that were entered before anything was told, nobody knows when.
    const isKnown = before.size > 1 || event === "xstate.init";
    if (isKnown && (active !== before || taken.length > 0)) this.#enter(actor, before, taken, at);
    actor.steps.push({ at, event, facts, from, taken, asked, sent, active });
    if (actor.steps.length > stepsKept) actor.steps.shift();
    if (active !== before && taken.length > 0) actor.path = taken;
    if (!actor.isLive && actor.machine !== "registration") this.#forget(actor);
  }

  #be(actor: SeenActor, { isLive, value, context }: ActorState): void {
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
