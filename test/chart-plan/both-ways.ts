/** Takes a machine through the same random events twice, plain and planned, and finds the first thing that differs. */
import type { AnyActorRef, AnyEventObject, AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { isMachineSnapshot } from "xstate";
import { Counterparts } from "./same.js";
import { Side } from "./side.js";

/** Numbers by chance that come again with the same seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };

  /** Below the limit. */
  whole(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  isHit(share: number): boolean {
    return this.next() < share;
  }

  of<T>(items: readonly [T, ...T[]] | readonly T[]): T {
    return items[this.whole(items.length)] as T;
  }
}

export interface Subject {
  readonly name: string;
  /** Once without plans, once with. */
  readonly plain: AnyStateMachine;
  readonly planned: AnyStateMachine;
  readonly input?: (chance: Chance) => unknown;
  /** What it may be told when it stands so. */
  readonly event: (chance: Chance, snapshot: AnyMachineSnapshot) => AnyEventObject;
  /** What a child of it may come to. */
  readonly output?: (chance: Chance) => unknown;
  /** Its actors can be written down and restored. */
  readonly isRestored?: boolean;
}

type Act = (side: Side) => unknown;

/** A way to a configuration. */
interface Way {
  readonly seedOfInput: number;
  readonly acts: readonly Act[];
  visits: number;
}

/** Of one that could not be made there is none, and XState throws where it is asked for. */
const snapshotOf = (actor: AnyActorRef): { readonly status?: string } =>
  (actor as { readonly _snapshot?: object })._snapshot ?? {};

/** Longer ways are not gone again, nor more of them. */
const longestWay = 60;
const mostWays = 3_000;

/** Of a child that is a machine, where it stands. */
function placeOf([id, child]: [string, unknown]): string {
  const snapshot = child && snapshotOf(child as AnyActorRef);
  return isMachineSnapshot(snapshot) ? `${id} ${snapshot._nodes.map(({ order }) => order)}` : id;
}

/** What was come to in many lives. Later ones begin where few have been. */
export class Visited {
  readonly states = new Set<string>();
  readonly transitions = new Set<object>();
  readonly ways = new Map<string, Way>();
  events = 0;

  /** Most often a way to where few have been; else from the start. */
  wayFrom(chance: Chance): Way {
    const known = [...this.ways.values()];
    const start = { seedOfInput: chance.whole(1_000_000), acts: [], visits: 0 };
    if (known.length === 0 || chance.isHit(0.2)) return start;
    const some = Array.from({ length: 4 }, () => chance.of(known));
    return some.reduce((rarest, way) => (way.visits < rarest.visits ? way : rarest));
  }

  note(snapshot: Partial<AnyMachineSnapshot>, way: Omit<Way, "visits">): void {
    const { machine, _nodes: nodes, historyValue = {}, children = {}, status } = snapshot;
    if (!machine || !nodes) return;
    for (const { id } of nodes) this.states.add(id);
    if (status !== "active") return;
    const remembered = Object.values(historyValue).flatMap((list) => list.map(({ id }) => id));
    const key = [
      ...nodes.map(({ order }) => order),
      ...remembered,
      ...Object.entries(children).map(placeOf),
    ].join();
    const known = this.ways.get(key);
    if (known) known.visits += 1;
    else if (way.acts.length <= longestWay && this.ways.size < mostWays)
      this.ways.set(key, { seedOfInput: way.seedOfInput, acts: [...way.acts], visits: 1 });
  }
}

const lives = (actor: AnyActorRef): boolean => snapshotOf(actor).status === "active";

function childAct(subject: Subject, chance: Chance, side: Side): Act | undefined {
  const living = side.actors.flatMap((actor, index) => (index > 0 && lives(actor) ? [index] : []));
  if (living.length === 0) return undefined;
  const index = chance.of(living);
  const child = side.actors[index]?.getSnapshot();
  const isMachine = isMachineSnapshot(child);
  const event: AnyEventObject = isMachine
    ? subject.event(chance, child)
    : chance.of<() => AnyEventObject>([
        () => ({ type: "puppet.done", output: subject.output?.(chance) }),
        () => ({ type: "puppet.says", event: subject.event(chance, side.root.getSnapshot()) }),
        () => ({ type: "puppet.moved", to: chance.whole(3) }),
        () => ({ type: chance.isHit(0.3) ? "puppet.failed" : "puppet.moved", error: new Error("fault") }),
      ])();
  return (one) => one.actors[index]?.send(event as never);
}

/** Something happens, the same on both sides. */
function nextAct(subject: Subject, chance: Chance, side: Side): Act {
  const snapshot: AnyMachineSnapshot = side.root.getSnapshot();
  const roll = chance.next();
  if (roll < 0.3) {
    const act = childAct(subject, chance, side);
    if (act) return act;
  }
  const { pending } = side.clock;
  if (roll < 0.45 && pending.length > 0) {
    const id = chance.of(pending);
    return (one) => one.clock.fire(id);
  }
  if (roll > 0.998) return (one) => void one.root.stop();
  if (roll > 0.995 && subject.isRestored) return (one) => one.restore();
  const event = subject.event(chance, snapshot);
  if (roll > 0.98) return (one) => [one.root.getSnapshot().can(event), one.root.getSnapshot().getMeta()];
  return (one) => one.root.send(event);
}

/** What a call came to, thrown or returned. */
function outcome(act: Act, side: Side): unknown {
  try {
    return ["returned", act(side)];
  } catch (error) {
    return ["thrown", error];
  }
}

function noteTransitions(visited: Visited, told: readonly (readonly unknown[])[]): void {
  for (const [, , , inspected] of told) {
    const { _transitions: transitions = [], snapshot } = (inspected ?? {}) as {
      _transitions?: readonly object[];
      snapshot?: unknown;
    };
    for (const transition of transitions) visited.transitions.add(transition);
    if (isMachineSnapshot(snapshot)) for (const { id } of snapshot._nodes) visited.states.add(id);
  }
}

/** Of so many lives, one is observed by nobody: what is spared then must not be missed. */
const uninspected = 5;

/**
 * One life: from where few have been, as many events as are asked for, or until it has ended and some came after that.
 * Throws at the first difference, with the way to it.
 */
export function liveBothWays(subject: Subject, seed: number, events: number, visited: Visited): void {
  const chance = new Chance(seed);
  const isInspected = seed % uninspected > 0;
  const from = visited.wayFrom(chance);
  // The ways of others name children by the order in which they were made, which is not known here.
  const { seedOfInput, acts: known } = isInspected ? from : { seedOfInput: from.seedOfInput, acts: [] };
  const sides = [subject.plain, subject.planned].map(
    (machine) => new Side(machine, subject.input?.(new Chance(seedOfInput)), isInspected),
  ) as [Side, Side];
  const counterparts = new Counterparts();
  const acts: Act[] = [];
  const both = (name: string, act: Act): void => {
    const [plain, planned] = sides;
    const results = sides.map((side) => outcome(act, side));
    for (const side of sides) side.find();
    const told = plain.takeTold();
    const found =
      counterparts.difference(told, planned.takeTold(), "told") ??
      counterparts.difference(results[0], results[1], "result") ??
      counterparts.difference(plain.root.getSnapshot(), planned.root.getSnapshot(), "snapshot");
    if (found !== undefined) throw new Error(`${subject.name}, seed ${seed}, ${name}: ${found}`);
    noteTransitions(visited, told);
    if (isInspected) visited.note(plain.root.getSnapshot(), { seedOfInput, acts });
  };
  both("made", () => undefined);
  both("start", (side) => side.start());
  let afterEnd = 3;
  for (let count = 0; count < known.length + events && afterEnd > 0; count += 1) {
    if (!lives(sides[0].root)) afterEnd -= 1;
    const act = known[count] ?? nextAct(subject, chance, sides[0]);
    acts.push(act);
    both(`event ${count}`, act);
    visited.events += 1;
  }
  both("stop", (side) => void side.root.stop());
}
