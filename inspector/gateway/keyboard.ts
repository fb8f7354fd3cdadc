/** Keys that work wherever the focus is, unless somebody types. */
import { chartKeys } from "../chart/keys.js";
import { isHelpOpen } from "../parts/help.js";
import { notice, shownCurls } from "./doing.js";
import { view } from "./state.js";

export const keys: readonly (readonly [string, string])[] = [
  ["1, 2, 3", "Connectors, Faults, Tokens"],
  ["/", "Search"],
  ["Up, Down, Home, End", "Move in a list"],
  ["Tab, Enter", "To the next control; press it"],
  ["Ctrl+Enter", "Run, while writing a call"],
  ["+, -, 0, f", "Chart: larger, smaller, all of it, go along"],
  ["Esc", "Leave a field; hide commands and messages; close this"],
  ["?", "This"],
];

const acts: Readonly<Record<string, () => void>> = {
  "1": () => {
    view.value = "connectors";
  },
  "2": () => {
    view.value = "faults";
  },
  "3": () => {
    view.value = "tokens";
  },
  "?": () => {
    isHelpOpen.value = true;
  },
  "/": () => document.querySelector<HTMLInputElement>("main input[type=search]")?.focus(),
  Escape: () => {
    shownCurls.value = [];
    notice.value = undefined;
  },
};

export function onKey(event: KeyboardEvent): void {
  const { target } = event;
  const isTyping = target instanceof HTMLElement && target.matches("input, select, textarea");
  const isCovered = document.querySelector("dialog[open]") !== null;
  if (event.ctrlKey || event.metaKey || event.altKey || isCovered) return;
  if (isTyping && event.key === "Escape") return target.blur();
  if (isTyping) return;
  const act = acts[event.key] ?? (view.value === "faults" ? chartKeys[event.key] : undefined);
  if (!act) return;
  event.preventDefault();
  act();
}
