/** What is looked at, and what keys change of it. Pure. */
import { type Order, orders, type Wanted } from "./rows.js";

export interface View extends Wanted {
  readonly mode: "browsing" | "searching" | "help";
  /** Of the chosen registration; null: none yet. It stays chosen wherever it is sorted to. */
  readonly chosen: string | null;
}

export const firstView: View = {
  order: "trouble",
  isReversed: false,
  words: "",
  mode: "browsing",
  chosen: null,
};

/** What keys are judged by: the keys that are listed, in their order, and how many are on the screen. */
export interface Listing {
  readonly keys: readonly string[];
  readonly page: number;
}

/** `quit`: it is over. */
export type Pressed = View | "quit";

const nextOrder = (order: Order): Order => orders[(orders.indexOf(order) + 1) % orders.length] ?? "trouble";

function moved(view: View, { keys }: Listing, by: number): View {
  const at = view.chosen === null ? -1 : keys.indexOf(view.chosen);
  // Nothing chosen: the first way down leads to the first, the first way up to the last.
  const from = at < 0 && by < 0 ? keys.length : at;
  const to = Math.max(0, Math.min(keys.length - 1, from + by));
  return { ...view, chosen: keys[to] ?? null };
}

function searching(view: View, key: string): Pressed {
  if (key === "ctrl-c") return "quit";
  if (key === "enter") return { ...view, mode: "browsing" };
  if (key === "escape") return { ...view, mode: "browsing", words: "" };
  if (key === "backspace") return { ...view, words: [...view.words].slice(0, -1).join("") };
  return [...key].length === 1 ? { ...view, words: view.words + key } : view;
}

type Act = (view: View, listing: Listing) => Pressed;

const acts: Readonly<Record<string, Act>> = {
  q: () => "quit",
  "ctrl-c": () => "quit",
  s: (view) => ({ ...view, order: nextOrder(view.order) }),
  r: (view) => ({ ...view, isReversed: !view.isReversed }),
  "/": (view) => ({ ...view, mode: "searching" }),
  "?": (view) => ({ ...view, mode: "help" }),
  escape: (view) => ({ ...view, words: "", chosen: null }),
  up: (view, listing) => moved(view, listing, -1),
  k: (view, listing) => moved(view, listing, -1),
  down: (view, listing) => moved(view, listing, 1),
  j: (view, listing) => moved(view, listing, 1),
  "page up": (view, listing) => moved(view, listing, -listing.page),
  "page down": (view, listing) => moved(view, listing, listing.page),
  home: (view, { keys }) => ({ ...view, chosen: keys[0] ?? null }),
  end: (view, { keys }) => ({ ...view, chosen: keys.at(-1) ?? null }),
};

export function pressed(view: View, key: string, listing: Listing): Pressed {
  if (view.mode === "searching") return searching(view, key);
  if (view.mode === "help") return key === "q" || key === "ctrl-c" ? "quit" : { ...view, mode: "browsing" };
  const act = Object.hasOwn(acts, key) ? acts[key] : undefined;
  return act ? act(view, listing) : view;
}
