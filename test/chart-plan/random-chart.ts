/** Charts by chance: trees of states of every kind, with transitions, actions, guards, timers and children of every kind. */
import {
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  and,
  assign,
  cancel,
  createMachine,
  emit,
  enqueueActions,
  log,
  not,
  or,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stateIn,
  stopChild,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";
import type { Chance, Subject } from "./both-ways.js";
import { puppet } from "./puppet.js";

interface Context {
  readonly n: number;
  /** What goes on by itself burns some, so that it ends. */
  readonly fuel: number;
  readonly held: readonly (AnyActorRef | undefined)[];
}

type Args = { readonly context: Context; readonly event: AnyEventObject };

const eventTypes = ["a", "b", "c", "a.b", "a.b.c", "refuel"] as const;

const randomEvent = (chance: Chance): AnyEventObject => {
  const type = chance.isHit(0.1)
    ? chance.of(["unknown", "xstate.done.actor.pet", "xstate.error.actor.pet", "xstate.done.state.s"])
    : chance.of(eventTypes);
  return { type, by: chance.whole(3), output: chance.whole(2), error: new Error("of the event") };
};

/** Names of what a chart may do; each is implemented below, but for one. */
const actionNames = [
  "count",
  "count",
  "set",
  "keep",
  "changeInPlace",
  "spawnInAssign",
  "spawn",
  "spawnNamed",
  "stop",
  "stopHeld",
  "raise",
  "raiseLater",
  "cancel",
  "tellPet",
  "tellPetLater",
  "tellSelf",
  "emit",
  "log",
  "many",
  "checks",
  "plain",
  "nested",
  "withParams",
  "withMadeParams",
  "missing",
  "spawnMoved",
] as const;

/** They are rare: whatever follows is an error. */
const faultyNames = ["throws", "throwsInAssign", "tellNobody", "tellParent", "raiseText"] as const;

const burning = { fuel: ({ context }: Args) => context.fuel - 1 };

const actions = {
  count: assign({ n: ({ context }: Args) => context.n + 1 }),
  burn: assign(burning),
  refuel: assign({ fuel: 4 }),
  set: assign(({ event }: Args) => ({ n: Number(event.by ?? 0) })),
  keep: assign({}),
  /** Nobody should; XState copies what it has done to the context that it was given. The first of the two makes it its own. */
  changeInPlace: enqueueActions((({ enqueue }: { enqueue: { assign(a: unknown): void } }) => {
    enqueue.assign({});
    enqueue.assign(({ context }: Args) => {
      (context as { n: number }).n += 1;
      return {};
    });
  }) as never),
  spawnInAssign: assign(({ context, spawn }: never) => {
    const held = spawn as (src: string, options?: object) => AnyActorRef;
    const { n } = context as Context;
    return { held: [held("pet", n % 2 ? { id: "held", input: n } : { input: n })] };
  }),
  spawn: spawnChild("pet", { id: "pet", input: ({ context }: Args) => context.n } as never),
  spawnMoved: spawnChild("pet", { id: "moved", syncSnapshot: true } as never),
  spawnNamed: spawnChild("pet", { id: ({ context }: Args) => `pet${context.n % 2}` } as never),
  stop: stopChild("pet"),
  stopHeld: stopChild((({ context }: Args) => context.held[0]) as never),
  raise: enqueueActions((({
    context,
    enqueue,
  }: Args & { enqueue: { assign(a: object): void; raise(e: object): void } }) => {
    if (context.fuel <= 0) return;
    enqueue.assign(burning);
    enqueue.raise({ type: "b", by: 1 });
  }) as never),
  raiseLater: raise({ type: "c" }, { delay: (({ context }: Args) => context.n * 10) as never, id: "later" }),
  cancel: cancel("later"),
  tellPet: enqueueActions((({ self, enqueue }: never) => {
    const { children } = (self as AnyActorRef).getSnapshot();
    if (children.pet)
      (enqueue as { sendTo(...args: unknown[]): void }).sendTo("pet", { type: "puppet.moved", to: 1 });
  }) as never),
  tellPetLater: sendTo((({ self }: { self: AnyActorRef }) => self) as never, { type: "a" } as never, {
    delay: 30,
  }),
  tellSelf: enqueueActions((({
    context,
    enqueue,
  }: Args & { enqueue: Record<"assign" | "sendTo", (...args: unknown[]) => void> }) => {
    if (context.fuel <= 0) return;
    enqueue.assign(burning);
    enqueue.sendTo(({ self }: { self: AnyActorRef }) => self, { type: "b" });
  }) as never),
  emit: emit((({ context }: Args) => ({ type: "emitted", n: context.n })) as never),
  log: log(({ context }: Args) => context.n, "n"),
  many: enqueueActions((({
    enqueue,
  }: {
    enqueue: ((action: unknown) => void) & { assign(a: object): void };
  }) => {
    enqueue("count");
    enqueue({ type: "withParams", params: { of: "many" } });
    enqueue("nested");
    enqueue.assign({ n: ({ context }: Args) => context.n + 1 });
  }) as never),
  nested: enqueueActions((({ enqueue }: { enqueue: (action: unknown) => void }) => {
    enqueue("emit");
    enqueue("spawn");
  }) as never),
  checks: enqueueActions((({
    check,
    enqueue,
  }: {
    check(guard: unknown): boolean;
    enqueue: (action: unknown) => void;
  }) => {
    if (check("odd")) enqueue("log");
    if (check(stateIn("#s0"))) enqueue("count");
  }) as never),
  plain: () => {},
  withParams: () => {},
  throws: () => {
    throw new Error("thrown by an action");
  },
  throwsInAssign: assign(() => {
    throw new Error("thrown by an assignment");
  }),
  tellNobody: sendTo("nobody", { type: "a" }),
  tellParent: sendParent({ type: "a" }),
  raiseText: raise("text" as never),
};

const guards = {
  odd: ({ context }: Args) => context.n % 2 === 1,
  hasFuel: ({ context }: Args) => context.fuel > 0,
  isBy: ({ event }: Args, params: { by: number } | undefined) => event.by === (params?.by ?? 1),
  isEven: not("odd"),
  isBoth: and(["odd", "hasFuel"] as never),
  isEither: or(["odd", { type: "isBy", params: { by: 2 } }] as never),
  throws: () => {
    throw new Error("thrown by a guard");
  },
};

const throwing = () => {
  throw new Error("thrown by params");
};

const delays = { soon: 10, byContext: ({ context }: Args) => 20 + context.n };

/** A state while its chart is made. */
interface Sketch {
  readonly key: string;
  readonly id: string;
  readonly kind: "atomic" | "compound" | "parallel" | "final" | "history";
  readonly children: readonly Sketch[];
}

class Author {
  readonly #chance: Chance;
  readonly #all: Sketch[] = [];
  #count = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  chart(): object {
    const chance = this.#chance;
    const root = this.#sketch("root", 0, chance.of(["compound", "compound", "parallel", "atomic"]));
    return {
      ...this.#config(root),
      context: this.#context(),
      ...(chance.isHit(0.3) ? { output: chance.isHit(0.5) ? this.#mapped() : { is: "static" } } : {}),
    };
  }

  #context(): object {
    const context = { n: 0, fuel: 4, held: [] };
    if (this.#chance.isHit(0.3)) return context;
    const spawns = this.#chance.isHit(0.2);
    return (({ input, spawn }: { input: number; spawn: (src: string, options: object) => AnyActorRef }) => ({
      ...context,
      n: input,
      held: spawns ? [spawn("pet", { id: "first" })] : [],
    })) as never;
  }

  readonly #mapped = () => (({ context, event }: Args) => ({ n: context.n, done: event.output })) as never;

  #sketch(key: string, depth: number, kind: Sketch["kind"]): Sketch {
    const chance = this.#chance;
    const id = `s${this.#count}`;
    this.#count += 1;
    const children: Sketch[] = [];
    const sketch = { key, id, kind, children };
    this.#all.push(sketch);
    if (kind !== "compound" && kind !== "parallel") return sketch;
    const count = 1 + chance.whole(kind === "parallel" ? 3 : 4);
    for (let index = 0; index < count; index += 1) {
      const inner = index === 0 ? this.#kindOfFirst(depth) : this.#kind(depth);
      children.push(this.#sketch(`k${index}`, depth + 1, inner));
    }
    return sketch;
  }

  #kindOfFirst(depth: number): Sketch["kind"] {
    return depth >= 2 ? "atomic" : this.#chance.of(["atomic", "atomic", "compound", "parallel"]);
  }

  #kind(depth: number): Sketch["kind"] {
    const leaves = ["atomic", "atomic", "final", "history"] as const;
    return this.#chance.of(depth >= 2 ? leaves : [...leaves, "compound", "compound", "parallel"]);
  }

  #config(sketch: Sketch): object {
    const chance = this.#chance;
    const { kind, children, id } = sketch;
    if (kind === "history") return this.#history(id);
    const [first] = children;
    const own = {
      id,
      tags: chance.isHit(0.3) ? [chance.of(["red", "green"])] : [],
      ...(chance.isHit(0.3) ? { meta: { of: id } } : {}),
      ...(kind === "parallel" || kind === "final" ? { type: kind } : {}),
      ...(kind === "compound" && first ? { initial: this.#initial(first) } : {}),
      ...(chance.isHit(0.5) ? { entry: this.#actions() } : {}),
      ...(chance.isHit(0.4) ? { exit: this.#actions() } : {}),
      ...(kind === "final" && chance.isHit(0.5) ? { output: chance.isHit(0.5) ? this.#mapped() : id } : {}),
    };
    if (kind === "final") return own;
    return {
      ...own,
      on: this.#transitions(id === "s0"),
      ...(chance.isHit(0.2) ? { always: this.#burning() } : {}),
      ...(chance.isHit(0.3)
        ? { after: { [chance.of(["soon", "byContext", "50"])]: this.#candidates() } }
        : {}),
      ...(chance.isHit(0.25) ? { invoke: this.#invoke(id) } : {}),
      ...(children.length > 0 && chance.isHit(0.5) ? { onDone: this.#burning() } : {}),
      ...(children.length > 0
        ? { states: Object.fromEntries(children.map((child) => [child.key, this.#config(child)])) }
        : {}),
    };
  }

  #history(id: string): object {
    const chance = this.#chance;
    const history = chance.of(["shallow", "deep"] as const);
    // Only a sibling can be named before all are there.
    return { id, type: "history", history, ...(chance.isHit(0.4) ? { target: "k0" } : {}) };
  }

  #initial(first: Sketch): unknown {
    return this.#chance.isHit(0.3) ? { target: first.key, actions: this.#actions() } : first.key;
  }

  #descriptors(): readonly string[] {
    const all = [...eventTypes, "a.*", "*", "xstate.done.actor.*", "xstate.error.actor.*"];
    return all.filter(() => this.#chance.isHit(0.3));
  }

  #actions(): unknown {
    const chance = this.#chance;
    const actions = Array.from({ length: chance.whole(4) }, () => this.#action());
    return actions.length === 1 && chance.isHit(0.5) ? actions[0] : actions;
  }

  #action(): unknown {
    const chance = this.#chance;
    if (chance.isHit(0.003)) return chance.of(faultyNames);
    const name = chance.of(actionNames);
    if (name === "withParams") return { type: name, params: { of: chance.whole(2) } };
    if (name === "withMadeParams")
      return { type: "withParams", params: ({ context }: Args) => ({ n: context.n }) };
    if (name === "plain" && chance.isHit(0.5)) return function inline() {};
    if (name === "plain") return () => {};
    return name;
  }

  #guard(): unknown {
    const chance = this.#chance;
    const roll = chance.next();
    if (roll < 0.005) return chance.of(["throws", "missing"]);
    if (roll < 0.01) return { type: chance.of(["isBoth", "isEven"]), params: throwing };
    if (roll < 0.2) return stateIn(`#s${chance.whole(this.#count)}` as never);
    if (roll < 0.3) return not(stateIn(`#s${chance.whole(this.#count)}` as never));
    if (roll < 0.4) return { type: "isBy", params: ({ context }: Args) => ({ by: context.n % 3 }) };
    if (roll < 0.5) return ({ event }: Args) => event.by !== 0;
    return chance.of(["odd", "isEven", "isBoth", "isEither", "hasFuel", "isBy"]);
  }

  #targets(): unknown {
    const chance = this.#chance;
    if (chance.isHit(0.25)) return undefined;
    return `#s${chance.whole(this.#count)}`;
  }

  #candidate(): { readonly actions?: unknown } {
    const chance = this.#chance;
    const target = this.#targets();
    return {
      ...(target === undefined ? {} : { target }),
      ...(chance.isHit(0.4) ? { guard: this.#guard() } : {}),
      ...(chance.isHit(0.5) ? { actions: this.#actions() } : {}),
      ...(chance.isHit(0.25) ? { reenter: true } : {}),
    };
  }

  #candidates(): readonly object[] {
    return Array.from({ length: this.#chance.whole(3) }, () => this.#candidate());
  }

  #transitions(isRoot: boolean): object {
    const own = this.#descriptors().map((type) => [
      type,
      type.includes("*") ? this.#burning() : this.#candidates(),
    ]);
    return { ...Object.fromEntries(own), ...(isRoot ? { refuel: { actions: "refuel" } } : {}) };
  }

  /** What XState itself may bring about again burns fuel, or it would go on for ever. */
  #burning(): readonly object[] {
    return Array.from({ length: this.#chance.whole(3) }, () => {
      const { actions: further = [], ...candidate } = this.#candidate();
      return { ...candidate, guard: "hasFuel", actions: ["burn", ...[further].flat()] };
    });
  }

  #invoke(id: string): object {
    const chance = this.#chance;
    return {
      src: chance.isHit(0.1) ? puppet : "pet",
      ...(chance.isHit(0.7) ? { id: chance.of(["pet", `pet-${id}`]) } : {}),
      ...(chance.isHit(0.3) ? { input: ({ context }: Args) => context.n } : {}),
      ...(chance.isHit(0.5) ? { onDone: this.#burning() } : {}),
      ...(chance.isHit(0.5) ? { onError: this.#burning() } : {}),
      ...(chance.isHit(0.3) ? { onSnapshot: this.#burning() } : {}),
      ...(chance.isHit(0.1) ? { systemId: `system-${id}` } : {}),
    };
  }
}

/** A child that is a chart itself, and has one. */
const petMachine: AnyStateMachine = createMachine(
  {
    context: ({ input }: { readonly input: unknown }) => ({ n: Number(input ?? 0), fuel: 1, held: [] }),
    initial: "first",
    entry: "plain",
    states: {
      first: {
        invoke: { src: "pet", id: "pet" },
        after: { soon: "second" },
        on: { a: { actions: ["count", "plain", "emit"] }, b: "second" },
      },
      second: {
        on: { a: { actions: ["spawn", "tellSelf", "raiseLater"] }, b: "first", "a.b": "over" },
      },
      over: { type: "final" },
    },
    on: { c: { actions: sendParent(({ context }: Args) => ({ type: "a", by: context.n })) } },
    output: ({ context }: Args) => context.n,
  } as never,
  { actions, guards, delays, actors: { pet: puppet } } as never,
);

/** A chart, both ways: its children are puppets, or charts that are planned or not. */
export function randomSubject(chance: Chance): Subject {
  const config = new Author(chance).chart();
  const having = (pet: unknown): AnyStateMachine =>
    createMachine(config as never, { actions, guards, delays, actors: { pet } } as never);
  const pet = chance.isHit(0.3) ? petMachine : puppet;
  const isPetPlanned = pet === petMachine && chance.isHit(0.5);
  return {
    name: "chart by chance",
    plain: having(pet),
    planned: planned(having(isPetPlanned ? planned(petMachine) : pet)),
    input: (input) => input.whole(3),
    event: randomEvent,
    output: (output) => output.whole(3),
    isRestored: true,
  };
}
