/** What the page knows and what it shows of that. Everything that is drawn follows from here. */
import { batch, computed, effect, signal } from "@preact/signals";
import { loadDrawings } from "./chart/drawing.js";
import { learnControl } from "./control/control.js";
import type { StatusTold } from "./feed/told.js";
import { everything, type Order, type Wanted } from "./fleet/order.js";
import { liveSource } from "./live.js";
import { heard, hold, shownNow } from "./runtime-clock.js";
import type { Source } from "./source.js";
import type { View } from "./views.js";

export const live = liveSource();

/** What the views show: what is live, or a recording. */
export const source = signal<Source>(live);
const isLive = computed(() => source.value === live);

/** Counts the frames in which something was new. What reads it is drawn again. */
export const frame = signal(0);
export const now = signal(Date.now());
export const link = signal<"connecting" | "live" | "lost" | "refused">("connecting");
export const hasDrawings = signal(false);

export const view = signal<View>("fleet");
/** The address of the actor whose chart is shown. */
export const chosen = signal<string | undefined>(undefined);
/** The key of a transition in its chart. */
export const chosenTransition = signal<string | undefined>(undefined);
/** The registration whose messages are shown, which need not be the chosen one. */
export const listenedTo = signal<string | undefined>(undefined);
export const wanted = signal<Wanted>(everything);
export const order = signal<Order>("trouble");
/** What the status says of the chosen registration. */
export const status = signal<StatusTold | undefined>(undefined);

/** Counts the actors that came and went. */
export const population = signal(0);

/** Counts the moments of a recording that were shown. */
const moments = signal(0);

/** Once a second: a list that is in a new order with each frame cannot be read. */
const second = signal(0);

export const rows = computed(() => {
  isLive.value ? second.value : moments.value;
  return source.value.fleet.list(wanted.value, order.value);
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

/** What the source shows has changed: it is another, or it stands at another moment. */
export function show(next: Source, at: number): void {
  batch(() => {
    source.value = next;
    now.value = at;
    status.value = undefined;
    moments.value += 1;
    frame.value += 1;
    population.value = next.actors.changes;
  });
}

let isAsked = false;
/** Something is to be drawn. */
let isNew = false;
/** All are to be looked at for trouble, and then listed anew. */
let isSecondOver = false;

function onFrame(): void {
  isAsked = false;
  const isLookedAt = isSecondOver && live.fleet.lookOn(shownNow());
  if (isLookedAt) isSecondOver = false;
  batch(() => {
    if (isLookedAt) second.value += 1;
    if (isLookedAt || isNew) frame.value += 1;
    population.value = source.value.actors.changes;
  });
  isNew = false;
  if (isSecondOver) askForFrame();
}

function askForFrame(): void {
  if (isAsked || !isLive.value) return;
  isAsked = true;
  requestAnimationFrame(onFrame);
}

/** However much comes, it is drawn once in a frame. */
function changed(): void {
  isNew = true;
  askForFrame();
}

function everySecond(): void {
  isSecondOver = true;
  askForFrame();
}

const registrationOf = (address: string | undefined): string => address?.split("/")[0] ?? "";

function tellStatus(): void {
  if (isLive.value) status.value = live.statusOf(registrationOf(chosen.value));
}

function tick(): void {
  if (isLive.value) now.value = shownNow();
}

/** What is not known is not shown as if it went on. */
function standStill(): void {
  hold();
  tick();
}

export function begin(): void {
  void learnControl();
  void loadDrawings().then(() => {
    hasDrawings.value = true;
    live.begin({
      began: everySecond,
      changed: () => {
        heard();
        tellStatus();
        changed();
      },
      isLive(isThere) {
        link.value = isThere ? "live" : "lost";
        if (!isThere) standStill();
      },
      refused() {
        link.value = "refused";
        standStill();
      },
    });
  });
  effect(() => {
    live.look([chosen.value, listenedTo.value].flatMap((address) => address ?? []));
    tellStatus();
  });
  setInterval(everySecond, 1_000);
  setInterval(tick, 250);
}
