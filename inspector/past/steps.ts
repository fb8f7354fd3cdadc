/** From step to step through a recording: any, those about a registration, those after which one stands elsewhere, faults. */
import { computed } from "@preact/signals";
import { everything } from "../fleet/order.js";
import { chosen, view, wanted } from "../page-state.js";
import { shownKey } from "../sequence/sequence-state.js";
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

type Fits = (step: number) => boolean;

/** The next marked step in a direction that fits; none: where one is. */
function marked(
  { loaded: { store } }: Past,
  from: number,
  { by, which, fits = () => true }: { readonly by: 1 | -1; readonly which: number; readonly fits?: Fits },
): number {
  for (let step = from + by; step >= 0 && step < store.length; step += by)
    if (store.isMarked(step, which) && fits(step)) return step;
  return from;
}

/** What the view is narrowed to, if it is: one registration, or those that the fleet lists. */
const narrowed = computed(
  (): { readonly says: string; readonly fitsOf: (opened: Past) => Fits } | undefined => {
    if (view.value === "fleet") {
      const { value } = wanted;
      if (JSON.stringify({ ...value, trouble: null }) === JSON.stringify(everything)) return undefined;
      return { says: "what is listed", fitsOf: ({ source }) => source.fleet.fitsAt(value) };
    }
    const key = view.value === "sequence" ? shownKey.value : keyLookedAt();
    if (key === undefined) return undefined;
    return {
      says: key,
      fitsOf: ({ loaded: { store } }) => {
        const slot = store.slotOf(key);
        return (step) => store.actors[store.actor.at(step)]?.slot === slot;
      },
    };
  },
);

const faultsOf = (opened: Past) => ({
  which: mark.fault,
  by: 1 as const,
  ...(narrowed.value ? { fits: narrowed.value.fitsOf(opened) } : {}),
});

/** Whose faults are sought, and whether there are some. */
export const faults = computed(() => {
  const opened = past.value;
  const of = narrowed.value?.says ?? "all registrations";
  return { of, areThere: opened !== undefined && marked(opened, -1, faultsOf(opened)) >= 0 };
});

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
    return stride === "movement" ? marked(opened, from, { by, which: mark.moved }) : about(opened, from, by);
  });
}

export const toFirstFault = (): void =>
  seekStep((from, opened) => {
    const first = marked(opened, -1, faultsOf(opened));
    return first < 0 ? from : first;
  });

export const toNextFault = (): void => seekStep((from, opened) => marked(opened, from, faultsOf(opened)));
export const toBeginning = (): void => seekStep(() => 0);
export const toEnd = (): void => seekStep((_, { loaded }) => loaded.store.length - 1);
