/** Keys that work wherever the focus is, unless somebody types. */
import { chartKeys } from "./chart/keys.js";
import { chosenTransition, view } from "./page-state.js";
import { isHelpOpen } from "./parts/help.js";
import { stride } from "./past/past-bar.js";
import { goLive, openRuntime, past } from "./past/past-state.js";
import { pin } from "./past/pins.js";
import { togglePlaying } from "./past/play.js";
import { stepBy, toBeginning, toEnd, toNextFault } from "./past/steps.js";
import { zoomRows } from "./sequence/sequence-state.js";
import { views } from "./views.js";

function larger(by: 1 | -1): void {
  if (view.value === "sequence") zoomRows(by);
  else chartKeys[by === 1 ? "+" : "-"]?.();
}

/** In a list, on a field or on the drawing the arrows have their own meaning. */
const withPast = (act: () => void): void => {
  if (past.value) act();
};

const viewKeys = Object.fromEntries(
  views.map(([name], place) => [
    String(place + 1),
    () => {
      view.value = name;
    },
  ]),
);

const acts: Readonly<Record<string, () => void>> = {
  ...chartKeys,
  ...viewKeys,
  "?": () => {
    isHelpOpen.value = true;
  },
  "/": () => document.querySelector<HTMLInputElement>("main input[type=search]")?.focus(),
  "+": () => larger(1),
  "=": () => larger(1),
  "-": () => larger(-1),
  ArrowLeft: () => withPast(() => stepBy(-1, stride.value)),
  ArrowRight: () => withPast(() => stepBy(1, stride.value)),
  Home: () => withPast(toBeginning),
  End: () => withPast(toEnd),
  p: () => withPast(togglePlaying),
  n: () => withPast(toNextFault),
  m: () => withPast(pin),
  l: () => {
    if (past.value) goLive();
    else void openRuntime();
  },
  Escape: () => {
    chosenTransition.value = undefined;
  },
};

export function onKey(event: KeyboardEvent): void {
  const isTyping =
    event.target instanceof HTMLElement && event.target.matches("input:not([type=range]), select, textarea");
  // The dialog itself: its signal follows a moment after it was closed.
  const isCovered = document.querySelector("dialog[open]") !== null;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isCovered) return;
  if (isTyping && event.key !== "Escape") return;
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}
