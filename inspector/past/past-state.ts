/** Which recording is looked at, and at which of its moments. Undefined: the page is live. */
import { batch, computed, signal } from "@preact/signals";
import { drawingOf } from "../chart/drawing.js";
import { live, show } from "../page-state.js";
import { shownNow } from "../runtime-clock.js";
import type { Source } from "../source.js";
import { upTo } from "./column.js";
import { type Loaded, largestBytes, load } from "./intake.js";
import { PastActors } from "./past-actors.js";
import { PastFleet } from "./past-fleet.js";
import type { Store } from "./store.js";

export interface PastSource extends Source {
  readonly actors: PastActors;
  readonly fleet: PastFleet;
}

export interface Past {
  /** Of the file, or of what runs. */
  readonly name: string;
  readonly kind: "runtime" | "file";
  readonly loaded: Loaded;
  readonly source: PastSource;
  /** In ms since 1970. */
  readonly from: number;
  readonly to: number;
}

export interface Position {
  /** The last step; -1: before all of them. */
  readonly step: number;
  /** In ms since 1970, at that step or after it. */
  readonly at: number;
}

export const past = signal<Past | undefined>(undefined);
export const position = signal<Position>({ step: -1, at: 0 });
/** A recording on its way into the page. */
export const reading = signal<{ readonly name: string; readonly part: number } | undefined>(undefined);
/** Why a recording is not shown. */
export const problem = signal<string | undefined>(undefined);
export const isPlaying = signal(false);

/** The chart of the last step: whose event it was. */
export const lastStep = computed(() => {
  const opened = past.value;
  const { step } = position.value;
  if (!opened || step < 0) return undefined;
  const { store } = opened.loaded;
  const actor = store.actors[store.actor.at(step)];
  return actor && { event: store.events.at(store.event.at(step)), actor: opened.source.actors.look(actor) };
});

function move(opened: Past, to: Position): void {
  const { source } = opened;
  batch(() => {
    position.value = to;
    source.actors.moveTo(to.step);
    source.fleet.moveTo(to.step, to.at);
    show(source, to.at);
  });
}

let wanted: (() => Position | undefined) | undefined;

/** However often somebody moves, it is drawn once a frame. */
function moveSoon(next: () => Position | undefined): void {
  const isAsked = wanted !== undefined;
  wanted = next;
  if (isAsked) return;
  requestAnimationFrame(() => {
    const to = wanted?.();
    wanted = undefined;
    if (past.value && to) move(past.value, to);
  });
}

const positionAt = ({ loaded: { store }, from, to }: Past, at: number): Position => {
  const bounded = Math.min(to, Math.max(from, at));
  return { step: upTo(store.clock.values, bounded, store.length) - 1, at: bounded };
};

/** A step by its time, and by its place among those of the same: so it is the same in another recording. */
export interface Named {
  readonly at: number;
  /** From 1; undefined: the last. */
  readonly nth: number | undefined;
}

export function namedNow(): Named {
  const { step, at } = position.value;
  const store = past.value?.loaded.store;
  if (!store || step < 0 || store.clock.at(step) !== at) return { at, nth: undefined };
  return { at, nth: step - firstAt(store, at) + 1 };
}

const firstAt = ({ clock, length }: Store, at: number): number => {
  let first = upTo(clock.values, at, length);
  while (first > 0 && clock.at(first - 1) === at) first -= 1;
  return first;
};

function positionNamed(opened: Past, { at, nth }: Named): Position {
  const { step } = positionAt(opened, at);
  const { store } = opened.loaded;
  if (nth === undefined || step < 0 || store.clock.at(step) !== at) return positionAt(opened, at);
  return positionOf(opened, Math.min(step, firstAt(store, at) + nth - 1));
}

const positionOf = ({ loaded: { store }, from }: Past, step: number): Position => {
  const bounded = Math.min(store.length - 1, Math.max(-1, step));
  return { step: bounded, at: bounded < 0 ? from : store.clock.at(bounded) };
};

export const seekNamed = (named: Named): void =>
  moveSoon(() => past.value && positionNamed(past.value, named));

export const seekTime = (at: number): void => moveSoon(() => past.value && positionAt(past.value, at));

/** By the number of a step, from where one is by then. */
export const seekStep = (step: (from: number, opened: Past) => number): void =>
  moveSoon(() => past.value && positionOf(past.value, step(position.value.step, past.value)));

let current: AbortController | undefined;

export function goLive(): void {
  current?.abort();
  batch(() => {
    isPlaying.value = false;
    reading.value = undefined;
    past.value = undefined;
    show(live, shownNow());
  });
}

async function open(
  name: string,
  kind: Past["kind"],
  bytesOf: () => Promise<ArrayBuffer>,
  to: Named | undefined,
): Promise<void> {
  const drawing = drawingOf("registration");
  if (!drawing) return;
  current?.abort();
  const own = new AbortController();
  current = own;
  problem.value = undefined;
  reading.value = { name, part: 0 };
  const tell = (part: number): void => {
    if (reading.value?.part.toFixed(2) !== part.toFixed(2)) reading.value = { name, part };
  };
  const { signal: aborted } = own;
  try {
    const bytes = new Uint8Array(await bytesOf());
    const loaded = await load(bytes, drawing, { tell, signal: aborted });
    const { store } = loaded;
    const source = { actors: new PastActors(loaded), fleet: new PastFleet(loaded) };
    const from = source.fleet.begunAt;
    const until = Math.max(
      store.header.writtenAt,
      from,
      store.length > 0 ? store.clock.at(store.length - 1) : 0,
    );
    const opened = { name, kind, loaded, source, from, to: until };
    batch(() => {
      isPlaying.value = false;
      past.value = opened;
      move(opened, to ? positionNamed(opened, to) : positionOf(opened, store.length - 1));
    });
  } catch (error) {
    if (!aborted.aborted)
      problem.value = `${name}: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    if (current === own) reading.value = undefined;
  }
}

const mebi = 1024 * 1024;

/** Nothing of it leaves the browser. */
export function openFile(file: File): Promise<void> {
  return open(
    file.name,
    "file",
    async () => {
      if (file.size <= largestBytes) return file.arrayBuffer();
      throw new Error(
        `it has ${Math.ceil(file.size / mebi).toLocaleString("en")} MiB, and the page opens up to ${largestBytes / mebi}. Record with a smaller recording.maxBytes.`,
      );
    },
    undefined,
  );
}

export const runtimeName = "this runtime";

export function openRuntime(to?: Named): Promise<void> {
  return open(
    runtimeName,
    "runtime",
    async () => {
      const answer = await fetch("recording");
      if (!answer.ok) throw new Error((await answer.text()).trim());
      return answer.arrayBuffer();
    },
    to,
  );
}
