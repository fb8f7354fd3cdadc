/** Keys that work wherever the focus is, unless somebody types. */
import { drawingOf } from "./chart/drawing.js";
import { fitAll, zoomBy } from "./chart/stage.js";
import { toggleFollowing } from "./chart/toolbar.js";
import { chosenActor, chosenTransition, view } from "./page-state.js";
import { isHelpOpen } from "./parts/help.js";

function withChart(act: (shown: Parameters<typeof toggleFollowing>[0]) => void): void {
  const actor = chosenActor.value;
  const drawing = drawingOf(actor?.machine);
  if (view.value === "chart" && actor && drawing) act({ actor, drawing });
}

export const chartKeys: Readonly<Record<string, () => void>> = {
  "+": () => withChart(() => zoomBy(1.3)),
  "=": () => withChart(() => zoomBy(1.3)),
  "-": () => withChart(() => zoomBy(1 / 1.3)),
  "0": () => withChart(({ drawing }) => fitAll(drawing)),
  f: () => withChart(toggleFollowing),
};

const acts: Readonly<Record<string, () => void>> = {
  ...chartKeys,
  "1": () => {
    view.value = "fleet";
  },
  "2": () => {
    view.value = "chart";
  },
  "?": () => {
    isHelpOpen.value = true;
  },
  "/": () => document.querySelector<HTMLInputElement>("main input[type=search]")?.focus(),
  Escape: () => {
    chosenTransition.value = undefined;
  },
};

export function onKey(event: KeyboardEvent): void {
  const isTyping = event.target instanceof HTMLElement && event.target.matches("input, select, textarea");
  // The dialog itself: its signal follows a moment after it was closed.
  const isCovered = document.querySelector("dialog[open]") !== null;
  if (event.ctrlKey || event.metaKey || event.altKey || isCovered) return;
  if (isTyping && event.key !== "Escape") return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
