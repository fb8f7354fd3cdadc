/** What the page shows of what it is told. Everything that is drawn follows from here. */
import { batch, computed, effect, signal } from "@preact/signals";
import { loadDrawings } from "./chart/drawing.js";
import { learnControl } from "./control/control.js";
import { everything, listedAgain, type Order, type Wanted } from "./fleet/order.js";
import type { Row } from "./fleet/row.js";
import { liveSource } from "./live.js";
import type { Source } from "./source.js";

export type View = "fleet" | "chart" | "requests";

export const live = liveSource();

/** What all views show. */
export const source = signal<Source>(live);

/** Counts the frames in which something was new. What reads it is drawn again. */
export const frame = signal(0);
/** The time that is shown. */
export const now = computed(() => source.value.at.value);
export const link = signal<"connecting" | "live" | "lost">("connecting");
export const hasDrawings = signal(false);

export const view = signal<View>("fleet");
/** The address of the actor whose chart is shown. */
export const chosen = signal<string | undefined>(undefined);
/** The key of a transition in its chart. */
export const chosenTransition = signal<string | undefined>(undefined);
export const wanted = signal<Wanted>(everything);
export const order = signal<Order>("trouble");

/** Counts the actors and registrations that came and went. */
export const population = signal(0);

/** Once a second: a list that is in a new order with each frame cannot be read. */
const second = signal(0);

let listedBefore: readonly Row[] = [];

export const rows = computed(() => {
  second.value;
  const { fleet } = source.value;
  listedBefore = listedAgain(listedBefore, fleet.rows, wanted.value, order.value);
  return listedBefore;
});

export const chosenActor = computed(() => {
  frame.value;
  const { value } = chosen;
  return value === undefined ? undefined : source.value.actors.at(value);
});

/** Changes when the chosen actor does: it is the same object for as long as it lives. */
export const chosenVersion = computed(() => {
  frame.value;
  const { value } = chosenActor;
  return value && `${value.id} ${value.version}`;
});

export function choose(address: string): void {
  if (chosen.value !== address) chosenTransition.value = undefined;
  chosen.value = address;
  view.value = "chart";
}

let isAsked = false;

/** However much comes, it is drawn once in a frame. */
export function changed(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    const { actors, fleet } = source.value;
    batch(() => {
      frame.value += 1;
      population.value = actors.changes + fleet.changes;
    });
  });
}

function everySecond(): void {
  const { fleet, at } = source.value;
  fleet.look(at.peek());
  second.value += 1;
  changed();
}

export function begin(): void {
  void learnControl();
  void loadDrawings().then(() => {
    hasDrawings.value = true;
    live.begin({
      began: everySecond,
      changed,
      isLive(isLive) {
        link.value = isLive ? "live" : "lost";
      },
    });
  });
  effect(() => {
    const { value } = chosen;
    source.value.look(value === undefined ? [] : [value]);
  });
  setInterval(everySecond, 1_000);
}
