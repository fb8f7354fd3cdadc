/** The inspector page: the tree of actors, the chart of the chosen registration, its last events; live. */
import type { InspectionMessage } from "../src/inspect/inspection-messages.js";
import { Actors, activePaths, type SeenActor, statePathOf, tagsOf } from "./actors.js";
import { drawChart } from "./chart.js";

interface Status {
  readonly registrations: readonly {
    readonly key: string;
    readonly since: number;
    readonly cause: string | null;
    readonly detail?: string | null;
    readonly nextAction: { readonly what: string; readonly at: number | null };
  }[];
}

/** More rows than a person reads; the filter finds the rest. */
const rowLimit = 300;

const actors = new Actors();
let chosen: string | undefined;
let status: Status = { registrations: [] };

function byId<T extends Element>(id: string, kind: abstract new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`);
  return found;
}

const tree = byId("tree", HTMLElement);
const filter = byId("filter", HTMLInputElement);
const events = byId("events", HTMLTableSectionElement);
const facts = byId("facts", HTMLDListElement);
const link = byId("link", HTMLElement);

const keyOf = (actor: SeenActor): string => actor.name.replace(/~\d+$/, "");
const time = (at: number): string => new Date(at).toTimeString().slice(0, 8);

function toneOf(actor: SeenActor): string {
  const tags = tagsOf(actor);
  if (tags.has("ready")) return "good";
  return tags.has("backingOff") ? "bad" : "warm";
}

function row(kind: string, name: string, statePath: string, level = 0, tone?: string): HTMLDivElement {
  const item = document.createElement("div");
  item.className = kind;
  item.dataset.level = String(level);
  const label = document.createElement("span");
  label.className = "name";
  label.textContent = name;
  const where = document.createElement("span");
  where.className = "state-path";
  where.textContent = statePath;
  if (tone !== undefined) {
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.dataset.tone = tone;
    item.append(dot);
  }
  item.append(label, where);
  return item;
}

function registrationRows(actor: SeenActor): readonly HTMLDivElement[] {
  const item = row("registration", keyOf(actor), statePathOf(actor.snapshot), 0, toneOf(actor));
  item.dataset.key = keyOf(actor);
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", String(keyOf(actor) === chosen));
  if (keyOf(actor) !== chosen) return [item];
  return [
    item,
    ...actors.childrenOf(actor.id).map((child) => row("part", child.name, statePathOf(child.snapshot))),
  ];
}

function drawTree(): void {
  const wanted = filter.value.trim().toLowerCase();
  const all = actors.registrations();
  const matching = all.filter((actor) =>
    `${keyOf(actor)} ${statePathOf(actor.snapshot)}`.toLowerCase().includes(wanted),
  );
  const rows: HTMLDivElement[] = [row("group", "supervisor", `${all.length} registrations`)];
  let partition: string | undefined;
  for (const actor of matching.slice(0, rowLimit)) {
    if (actor.parentId !== partition) {
      partition = actor.parentId;
      rows.push(row("group", actors.all.get(partition ?? "")?.name ?? "partition", "", 1));
    }
    rows.push(...registrationRows(actor));
  }
  tree.replaceChildren(...rows);
  const hidden = matching.length - Math.min(matching.length, rowLimit);
  byId("more", HTMLElement).textContent = hidden > 0 ? `${hidden} more: filter by name or state` : "";
  const serving = all.filter((actor) => tagsOf(actor).has("ready")).length;
  byId("summary", HTMLElement).textContent = `${serving} of ${all.length} registrations serve`;
}

function fact(name: string, value: string): HTMLDivElement {
  const pair = document.createElement("div");
  const term = document.createElement("dt");
  term.textContent = name;
  const text = document.createElement("dd");
  text.textContent = value;
  pair.append(term, text);
  return pair;
}

function drawFacts(actor: SeenActor): void {
  const known = status.registrations.find((one) => one.key === chosen);
  const at = known?.nextAction.at;
  facts.replaceChildren(
    fact("State", statePathOf(actor.snapshot)),
    ...(known ? [fact("Since", time(known.since)), fact("Cause", known.cause ?? "none")] : []),
    ...(known?.detail ? [fact("Detail", known.detail)] : []),
    ...(known ? [fact("Next", `${known.nextAction.what}${at ? ` at ${time(at)}` : ""}`)] : []),
  );
}

/** XState's own events in words: `after backoffDelay`, `done opening`. */
const spoken = (type: string): string =>
  type.replace(/^xstate\.after\.([^.]+)\..*$/, "after $1").replace(/^xstate\.(done|error)\.actor\./, "$1 ");

function cell(text: string): HTMLTableCellElement {
  const made = document.createElement("td");
  made.textContent = text;
  return made;
}

function drawEvents(actor: SeenActor): void {
  const rows = [...actor.events].reverse().map(({ at, event, statePath }) => {
    const line = document.createElement("tr");
    const { type, ...rest } = event;
    const details = Object.entries(rest)
      .filter(([name, value]) => value !== undefined && name !== "actorId" && value !== "[redacted]")
      .map(
        ([name, value]) => `${name}: ${typeof value === "object" ? JSON.stringify(value) : String(value)}`,
      );
    line.append(cell(time(at)), cell(spoken(type)), cell(statePath), cell(details.join(", ")));
    return line;
  });
  events.replaceChildren(...rows);
}

function drawChosen(): void {
  const actor = actors.registrations().find((one) => keyOf(one) === chosen);
  byId("name", HTMLElement).textContent = actor ? keyOf(actor) : "Choose a registration";
  if (!actor) return;
  drawFacts(actor);
  drawEvents(actor);
  const active = new Set(activePaths(actor.snapshot.value));
  if (actor.definition)
    drawChart(byId("chart", SVGSVGElement), actor.definition, active, actor.before, spoken(actor.lastEvent));
}

let scheduled = false;

/** Draws at most once per frame, however much arrives. */
function draw(): void {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    chosen ??= actors.registrations().map(keyOf)[0];
    drawTree();
    drawChosen();
  });
}

async function readStatus(): Promise<void> {
  try {
    status = await (await fetch("status")).json();
    draw();
  } catch {
    // The stream of events tells when the process is gone.
  }
}

function listen(): void {
  const source = new EventSource("events");
  source.onopen = () => {
    actors.clear();
    link.textContent = "live";
    link.dataset.state = "live";
  };
  source.onerror = () => {
    link.textContent = "connection lost, trying again…";
    link.dataset.state = "lost";
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const { messages, missed }: { messages: readonly InspectionMessage[]; missed: number } = JSON.parse(data);
    for (const message of messages) actors.take(message);
    if (missed > 0) link.textContent = `live; ${missed} events missed`;
    void readStatus();
    draw();
  };
}

tree.addEventListener("click", ({ target }) => {
  const item = target instanceof Element ? target.closest<HTMLElement>("[data-key]") : null;
  if (item?.dataset.key) chosen = item.dataset.key;
  draw();
});
tree.addEventListener("keydown", (event) => {
  const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  const keys = [...tree.querySelectorAll<HTMLDivElement>(".registration")].map((item) => item.dataset.key);
  chosen = keys[Math.min(keys.length - 1, Math.max(0, keys.indexOf(chosen) + step))] ?? chosen;
  draw();
});
filter.addEventListener("input", draw);
listen();
