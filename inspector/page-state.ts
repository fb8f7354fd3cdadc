/** What the page knows and what it shows of that. Everything that is drawn follows from here. */
import { batch, computed, signal } from "@preact/signals";
import type { InspectedRegistration } from "../src/inspect/inspection-messages.js";
import { loadDrawings } from "./chart/drawing.js";
import { learnControl, outcome } from "./control/control.js";
import { Actors } from "./feed/actors.js";
import { askStatus, listen } from "./feed/connection.js";
import type { Told } from "./feed/told.js";
import { Fleet } from "./fleet/fleet.js";
import { everything, listed, type Order, type Wanted } from "./fleet/order.js";

export type View = "fleet" | "chart" | "requests";

export const actors = new Actors();
export const fleet = new Fleet();

/** Counts the frames in which something was new. What reads it is drawn again. */
export const frame = signal(0);
export const now = signal(Date.now());
export const link = signal<"connecting" | "live" | "lost">("connecting");
export const hasDrawings = signal(false);

export const view = signal<View>("fleet");
/** The address of the actor whose chart is shown. */
export const chosen = signal<string | undefined>(undefined);
/** The key of a transition in its chart. */
export const chosenTransition = signal<string | undefined>(undefined);
export const wanted = signal<Wanted>(everything);
export const order = signal<Order>("trouble");
/** What the status says of the chosen registration. */
export const status = signal<InspectedRegistration | undefined>(undefined);

/** Counts the actors that came and went. */
export const population = signal(0);

/** Once a second: a list that is in a new order with each frame cannot be read. */
const second = signal(0);

export const rows = computed(() => {
  second.value;
  return listed(fleet.rows.values(), wanted.value, order.value);
});

export const chosenActor = computed(() => {
  frame.value;
  const { value } = chosen;
  return value === undefined ? undefined : actors.at(value);
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
function changed(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    batch(() => {
      frame.value += 1;
      population.value = actors.changes;
    });
  });
}

function takeIn(told: readonly Told[]): void {
  for (const one of told) {
    const actor = actors.take(one);
    if (actor) fleet.follow(actor, one.what === "step" ? one.at : undefined);
  }
}

async function askForAll(): Promise<void> {
  const all = await askStatus();
  if (all) fleet.believe(all, actors);
  changed();
}

async function askForChosen(): Promise<void> {
  const { value } = chosen;
  const registration = value?.split("/")[0];
  const [found] = registration === undefined ? [] : ((await askStatus(registration)) ?? []);
  if (found) fleet.hear(found, actors);
  if (chosen.value === value) status.value = found;
}

/** For so long after a command all that the status says may change; in ms. */
const settlingMs = 5_000;

/** Something was asked of the runtime: what comes of it is not all in the feed. */
export function askSoon(): void {
  void askForAll();
  void askForChosen();
}

function everySecond(): void {
  fleet.look(actors, Date.now());
  second.value += 1;
  changed();
  if (outcome.value && Date.now() - outcome.value.at < settlingMs) void askForAll();
  if (view.value === "chart") void askForChosen();
}

/** Slow: what the feed does not tell of, such as registrations that are parked, changes seldom. */
const statusEveryMs = 15_000;

export function begin(): void {
  void learnControl();
  void loadDrawings().then(() => {
    hasDrawings.value = true;
    listen({
      present(told) {
        actors.clear();
        fleet.clear();
        actors.takePresent(told, (actor, at) => fleet.follow(actor, at));
        void askForAll();
        everySecond();
      },
      more(told) {
        takeIn(told);
        changed();
      },
      isLive(live) {
        link.value = live ? "live" : "lost";
      },
    });
  });
  setInterval(everySecond, 1_000);
  setInterval(() => void askForAll(), statusEveryMs);
  setInterval(() => {
    now.value = Date.now();
  }, 250);
}
