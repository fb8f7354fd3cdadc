/** Which messages are shown, and how large. */
import { computed, effect, signal } from "@preact/signals";
import { everything } from "../fleet/order.js";
import { chosen, frame, listenedTo, population, source, view } from "../page-state.js";
import { past, position } from "../past/past-state.js";
import { liveMessages, type Messages, pastMessages, type Said } from "./messages.js";

/** What was asked for: a key, or a part of one. */
export const wantedKey = signal("");

export const heights = [6, 12, 22, 32] as const;
export const height = signal<(typeof heights)[number]>(22);

/** Below it no words are written. */
export const legible = 12;

export function zoomRows(by: 1 | -1): void {
  const at = heights.indexOf(height.value) + by;
  height.value = heights[Math.min(heights.length - 1, Math.max(0, at))] ?? 22;
}

/** The registration whose messages are shown. Undefined: all, which only a recording has; live it is one. */
export const shownKey = computed((): string | undefined => {
  const words = wantedKey.value.trim().toLowerCase();
  const opened = past.value;
  if (opened) {
    if (words === "") return undefined;
    const { slots } = opened.loaded.store;
    return (
      slots.find(({ key }) => key.toLowerCase() === words) ??
      slots.find(({ key }) => key.toLowerCase().includes(words))
    )?.key;
  }
  population.value;
  const { fleet } = source.value;
  if (words !== "") return fleet.list({ ...everything, words }, "name").at(0)?.key;
  const key = chosen.value?.split("/")[0];
  return key !== undefined && fleet.row(key) ? key : fleet.list(everything, "name").at(0)?.key;
});

effect(() => {
  const isLive = view.value === "sequence" && !past.value;
  listenedTo.value = isLive ? shownKey.value : undefined;
});

/** Of a recording: whether a registration was asked for that it does not have. */
export const isUnknown = computed(() => wantedKey.value.trim() !== "" && shownKey.value === undefined);

const ofPast = computed((): Messages | undefined => {
  const opened = past.value;
  if (!opened) return undefined;
  const { loaded, source: at } = opened;
  const { store } = loaded;
  const addressOf = (step: number): string => {
    const actor = store.actors[store.actor.at(step)];
    return actor ? at.actors.look(actor).address : "";
  };
  return pastMessages(loaded, addressOf, store.slotOf(shownKey.value ?? ""));
});

const none: Messages = { length: 0, at: () => undefined, placeOf: () => -1 };

export const messages = computed((): Messages => {
  if (isUnknown.value) return none;
  if (past.value) return ofPast.value ?? none;
  frame.value;
  const key = shownKey.value;
  return key === undefined ? none : liveMessages(source.value.actors, key);
});

/** The message that was chosen of those that are live; undefined: the newest is followed. */
export const picked = signal<string | undefined>(undefined);

export const nameOf = ({ at, address, event, to }: Said): string => `${at} ${address} ${event} ${to}`;

/** What was chosen may be forgotten by now. */
function pickedPlace(all: Messages): number | undefined {
  for (let place = all.length - 1; place >= 0; place -= 1) {
    const said = all.at(place);
    if (said && nameOf(said) === picked.value) return place;
  }
  return undefined;
}

/** The place of the message that led to the moment; live the one that was chosen, or the newest. */
export const current = computed((): number => {
  const all = messages.value;
  if (past.value) return all.placeOf(position.value.step);
  return (picked.value === undefined ? undefined : pickedPlace(all)) ?? all.placeOf(0);
});
