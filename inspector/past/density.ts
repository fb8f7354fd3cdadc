/** How many events there are along a recording, and where something went wrong: a bar for each of many equal stretches. */

import type { Past } from "./past-state.js";
import { mark } from "./store.js";

export const bars = 400;
export const barHeight = 30;

export interface Density {
  /** Paths of SVG, `bars` wide and `barHeight` high. */
  readonly events: string;
  readonly faults: string;
  readonly faultCount: number;
}

const known = new WeakMap<Past, Density>();

/** Faults are few, and seen from afar. */
const faultMark = (place: number): string => `M${place - 0.5} 0v${barHeight}h1.5v${-barHeight}z`;

const bar = (place: number, height: number): string =>
  `M${place} ${barHeight}v${-height.toFixed(1)}h1v${height.toFixed(1)}z`;

function count({ loaded: { store }, from, to }: Past): Density {
  const events = new Float64Array(bars);
  const faults = new Float64Array(bars);
  const wide = Math.max(1, to - from) / bars;
  let faultCount = 0;
  for (let step = 0; step < store.length; step += 1) {
    const place = Math.min(bars - 1, Math.floor((store.clock.at(step) - from) / wide));
    events[place] = (events[place] ?? 0) + 1;
    if (!store.isMarked(step, mark.fault)) continue;
    faults[place] = (faults[place] ?? 0) + 1;
    faultCount += 1;
  }
  // Few are still seen beside many.
  const highest = Math.sqrt(Math.max(1, ...events));
  const height = (many: number): number => Math.max(3, (Math.sqrt(many) / highest) * barHeight);
  const path = (all: Float64Array, draw: (place: number, many: number) => string): string =>
    [...all].map((many, place) => (many === 0 ? "" : draw(place, many))).join("");
  return {
    events: path(events, (place, many) => bar(place, height(many))),
    faults: path(faults, faultMark),
    faultCount,
  };
}

export function densityOf(opened: Past): Density {
  const density = known.get(opened) ?? count(opened);
  known.set(opened, density);
  return density;
}
