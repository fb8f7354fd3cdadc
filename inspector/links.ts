/**
 * What the page shows, in the fragment of its address: a link, the back button and a reload lead to the same. The token
 * is no part of it.
 */
import { batch, effect, signal } from "@preact/signals";
import { everything, orders, type Wanted } from "./fleet/order.js";
import { chosen, chosenTransition, hasDrawings, order, view, wanted } from "./page-state.js";
import {
  goLive,
  isPlaying,
  type Named,
  namedNow,
  openRuntime,
  past,
  problem,
  reading,
  runtimeName,
  seekNamed,
} from "./past/past-state.js";
import { wantedKey } from "./sequence/sequence-state.js";
import { views } from "./views.js";

/** The file that a link is about: only a person can open it again. */
const missingFile = signal<{ readonly name: string; readonly to: Named | undefined } | undefined>(undefined);

/** A browser refuses more than some hundred changes of the address in half a minute. */
const restMs = 250;

const facetsWanted = [
  "words",
  "state",
  "cause",
  "tenant",
  "type",
  "trouble",
] as const satisfies readonly (keyof Wanted)[];

function set(fields: URLSearchParams, name: string, value: string | null | undefined): void {
  if (value) fields.set(name, value);
}

/** What a person goes back to: the rest changes all the time. */
const placeIn = (fields: URLSearchParams): string =>
  ["view", "actor", "past"].map((name) => fields.get(name) ?? "").join(" ");

/** `1795888126266~2`: the second step of that millisecond. */
const momentText = ({ at, nth }: Named): string => (nth === undefined ? String(at) : `${at}~${nth}`);

function momentIn(text: string): Named | undefined {
  const [, at, nth] = /^(\d{1,15}(?:\.\d+)?)(?:~(\d{1,9}))?$/.exec(text) ?? [];
  return at === undefined ? undefined : { at: Number(at), nth: nth === undefined ? undefined : Number(nth) };
}

function fragment(): URLSearchParams {
  const fields = new URLSearchParams();
  if (view.value !== "fleet") fields.set("view", view.value);
  set(fields, "actor", chosen.value);
  set(fields, "transition", chosenTransition.value);
  for (const facet of facetsWanted) set(fields, facet, wanted.value[facet]);
  if (order.value !== "trouble") fields.set("order", order.value);
  set(fields, "of", wantedKey.value);
  const opened = past.value;
  if (opened) {
    fields.set("past", opened.kind === "file" ? `file:${opened.name}` : "runtime");
    set(fields, "at", momentText(namedNow()));
  } else if (missingFile.value) {
    fields.set("past", `file:${missingFile.value.name}`);
    set(fields, "at", missingFile.value.to && momentText(missingFile.value.to));
  }
  return fields;
}

function takePast(fields: URLSearchParams): void {
  const wantedPast = fields.get("past");
  const to = momentIn(fields.get("at") ?? "");
  missingFile.value = undefined;
  if (wantedPast === null) {
    if (past.value) goLive();
    return;
  }
  const opened = past.value;
  const name = wantedPast.startsWith("file:") ? wantedPast.slice("file:".length) : runtimeName;
  if (opened?.name === name) {
    if (to) seekNamed(to);
  } else if (wantedPast === "runtime") void openRuntime(to);
  else if (wantedPast.startsWith("file:")) {
    missingFile.value = { name, to };
    problem.value = `This link is about the file ${name}, which a page cannot open by itself: drop it here, or choose it with Open.`;
  }
}

function take(text: string): void {
  const fields = new URLSearchParams(text);
  batch(() => {
    view.value = views.find(([name]) => name === fields.get("view"))?.[0] ?? "fleet";
    chosen.value = fields.get("actor") ?? undefined;
    chosenTransition.value = fields.get("transition") ?? undefined;
    const facets = facetsWanted.map((facet) => [facet, fields.get(facet) ?? everything[facet]]);
    wanted.value = { ...everything, ...Object.fromEntries(facets) };
    order.value = orders.find(([name]) => name === fields.get("order"))?.[0] ?? "trouble";
    wantedKey.value = fields.get("of") ?? "";
  });
  takePast(fields);
}

function write(): void {
  if (reading.value) return;
  const fields = fragment();
  const text = fields.toString();
  if (text === location.hash.slice(1)) return;
  const isElsewhere = placeIn(fields) !== placeIn(new URLSearchParams(location.hash.slice(1)));
  const address = `${location.pathname}${location.search}${text === "" ? "" : `#${text}`}`;
  if (isElsewhere) history.pushState(null, "", address);
  else history.replaceState(null, "", address);
}

let timer: ReturnType<typeof setTimeout> | undefined;

function writeSoon(): void {
  clearTimeout(timer);
  timer = setTimeout(write, restMs);
}

/** As soon as charts can be drawn. */
export function followAddress(): void {
  addEventListener("popstate", () => take(location.hash.slice(1)));
  const stop = effect(() => {
    if (!hasDrawings.value) return;
    queueMicrotask(() => {
      stop();
      take(location.hash.slice(1));
      effect(() => {
        // The file that a link was about has been opened.
        const missing = missingFile.value;
        if (!missing || past.value?.name !== missing.name) return;
        missingFile.value = undefined;
        problem.value = undefined;
        if (missing.to) seekNamed(missing.to);
      });
      effect(() => {
        fragment();
        if (!isPlaying.value && !reading.value) writeSoon();
      });
    });
  });
}
