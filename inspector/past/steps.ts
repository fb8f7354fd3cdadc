/** From step to step through a recording: any, those about a registration, those after which one stands elsewhere, faults. */
import { chosen, view } from "../page-state.js";
import { upTo } from "./column.js";
import { type Past, past, seekStep } from "./past-state.js";
import { mark } from "./store.js";

export type Stride = "step" | "registration" | "movement";

export const strides: readonly (readonly [Stride, string])[] = [
  ["step", "Every event"],
  ["registration", "The registration's"],
  ["movement", "Movements"],
];

/** The registration that is looked at; undefined where all are. */
export function keyLookedAt(): string | undefined {
  const [key = ""] = chosen.value?.split("/") ?? [];
  return view.value === "fleet" || past.value?.loaded.store.slotOf(key) === undefined ? undefined : key;
}

/** The next marked step in a direction; none: where one is. */
function marked({ loaded: { store } }: Past, from: number, by: 1 | -1, which: number): number {
  for (let step = from + by; step >= 0 && step < store.length; step += by)
    if (store.isMarked(step, which)) return step;
  return from;
}

function about({ loaded: { store } }: Past, from: number, by: 1 | -1): number {
  const slot = store.slotOf(keyLookedAt() ?? "");
  if (slot === undefined) return from + by;
  const steps = store.stepsAbout(slot);
  const isOwn = (step: number): boolean => store.actors[store.actor.at(step)]?.slot === slot;
  let place = by === 1 ? upTo(steps, from) : upTo(steps, from - 1) - 1;
  // What hosts it takes events that are about it, too.
  while (place >= 0 && place < steps.length && !isOwn(steps[place] ?? 0)) place += by;
  return steps[place] ?? from;
}

export function stepBy(by: 1 | -1, stride: Stride): void {
  seekStep((from, opened) => {
    if (stride === "step") return from + by;
    return stride === "movement" ? marked(opened, from, by, mark.moved) : about(opened, from, by);
  });
}

export const toFirstFault = (): void =>
  seekStep((from, opened) => {
    const first = marked(opened, -1, 1, mark.fault);
    return first < 0 ? from : first;
  });

export const toNextFault = (): void => seekStep((from, opened) => marked(opened, from, 1, mark.fault));
export const toBeginning = (): void => seekStep(() => 0);
export const toEnd = (): void => seekStep((_, { loaded }) => loaded.store.length - 1);
