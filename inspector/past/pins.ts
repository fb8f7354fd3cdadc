/** Two moments of a recording, and what differs between them. */
import { computed, effect, signal } from "@preact/signals";
import { activeLeaves, drawingOf } from "../chart/drawing.js";
import { chosen } from "../page-state.js";
import { saidIn } from "../parts/words.js";
import { PastActors } from "./past-actors.js";
import { type Past, type Position, past, position } from "./past-state.js";

export const pinned = signal<readonly Position[]>([]);

/** A third begins anew. */
export function pin(): void {
  const { value } = pinned;
  pinned.value = value.length === 2 ? [position.value] : [...value, position.value];
}

effect(() => {
  past.value;
  pinned.value = [];
});

/** Which of two moments is the earlier does not matter to who has pinned them. */
const inOrder = ([a, b]: readonly Position[]): readonly [Position, Position] | undefined =>
  a && b ? (a.step <= b.step ? [a, b] : [b, a]) : undefined;

export interface Moved {
  readonly key: string;
  readonly from: string;
  readonly to: string;
  /** How good it is where it came to. */
  readonly tone: string;
}

const absent = "not there";

function movedIn(
  { loaded: { store, standings, fleetAt } }: Past,
  from: number,
  to: number,
): readonly Moved[] {
  const [before, after] = [fleetAt.copyAt(from), fleetAt.copyAt(to)];
  return store.slots.flatMap(({ key }, slot): readonly Moved[] => {
    const [a, b] = [standings.after(slot, before[slot] ?? -1), standings.after(slot, after[slot] ?? -1)];
    const [left, came] = [a?.state ?? absent, b?.state ?? absent];
    return left === came ? [] : [{ key, from: left, to: came, tone: b?.tone ?? "off" }];
  });
}

export interface Difference {
  readonly from: Position;
  readonly to: Position;
  readonly moved: readonly Moved[];
  readonly address: string | undefined;
  /** Of the chosen actor: what it is called, how it was, how it came to be. */
  readonly fields: readonly (readonly [string, string, string])[];
}

function fieldsOf(actors: PastActors, address: string, step: number): ReadonlyMap<string, string> {
  actors.moveTo(step);
  const actor = actors.at(address);
  const drawing = drawingOf(actor?.machine);
  if (!actor || !drawing) return new Map();
  const states = activeLeaves(drawing, actor.active).map(({ id }) => id.split(".").slice(-2).join("."));
  return new Map([["states", states.join(", ")], ...saidIn(actor.context)]);
}

function fieldsThatDiffer(opened: Past, address: string, from: number, to: number): Difference["fields"] {
  const actors = new PastActors(opened.loaded);
  const [before, after] = [fieldsOf(actors, address, from), fieldsOf(actors, address, to)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [a, b] = [before.get(name) ?? "–", after.get(name) ?? "–"];
    return a === b ? [] : [[name, a, b] as const];
  });
}

export const difference = computed((): Difference | undefined => {
  const opened = past.value;
  const both = inOrder(pinned.value);
  if (!opened || !both) return undefined;
  const [from, to] = both;
  const address = chosen.value;
  return {
    from,
    to,
    moved: movedIn(opened, from.step, to.step),
    address,
    fields: address === undefined ? [] : fieldsThatDiffer(opened, address, from.step, to.step),
  };
});
