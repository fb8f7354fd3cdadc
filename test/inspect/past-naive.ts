/** A recording replayed the plain way, line by line: what the store of the page must equal at every step. */
import { readFileSync } from "node:fs";
import { indexed } from "../../inspector/chart/drawing.js";
import { activeStates } from "../../inspector/feed/active-states.js";
import { standingOf } from "../../inspector/fleet/row.js";
import { load } from "../../inspector/past/intake.js";
import { stoodStill } from "../../src/recording/extent.js";
import type { RecordedLine, Recording } from "../../src/recording/read.js";

const layouts = JSON.parse(readFileSync(new URL("../../inspector/charts.json", import.meta.url), "utf8"));
export const drawing = indexed(layouts.registration);

/** Loads a text as the page does. */
export const loaded = (text: string) =>
  load(new TextEncoder().encode(text), drawing, { tell: () => {}, signal: new AbortController().signal });

export interface NaiveActor {
  readonly chart: string;
  readonly key: string;
  readonly events: string[];
  active: ReadonlySet<string>;
  context: Record<string, unknown>;
  status: string;
  path: readonly string[];
  enteredAt: Map<string, number>;
}

export interface NaiveRow {
  state: string;
  tone: string;
  cause: string;
  since: number | undefined;
  losses: number;
}

export class Naive {
  readonly actors = new Map<number, NaiveActor>();
  readonly rows = new Map<string, NaiveRow>();

  take(line: RecordedLine, isPresent: boolean): void {
    const { number, chart, key } = line.actor;
    const before = this.actors.get(number);
    const actor: NaiveActor = before ?? {
      chart,
      key,
      events: [],
      active: new Set(),
      context: {},
      status: "active",
      path: [],
      enteredAt: new Map(),
    };
    this.actors.set(number, actor);
    if (line.kind === "checkpoint") {
      const { state, context, status } = line.checkpoint;
      Object.assign(actor, { active: activeStates(chart, state), context, status });
    } else this.#step(actor, line, before !== undefined);
    if (chart === "registration") this.#stand(actor, line, isPresent);
  }

  #step(actor: NaiveActor, line: Extract<RecordedLine, { kind: "step" }>, isKnown: boolean): void {
    const was = actor.active;
    actor.active = activeStates(actor.chart, line.state);
    actor.context = { ...actor.context, ...line.context };
    actor.status = line.status ?? "active";
    actor.events.push(line.event.type);
    const taken = line.taken ?? [];
    if ((!isKnown || was !== actor.active) && taken.length > 0) actor.path = taken;
    const left = new Set(
      taken.filter((one) => one.includes(" xstate.after.")).map((one) => one.split(" ")[0]),
    );
    for (const state of actor.enteredAt.keys()) if (!actor.active.has(state)) actor.enteredAt.delete(state);
    for (const state of actor.active)
      if (!was.has(state) || left.has(state)) actor.enteredAt.set(state, line.at);
  }

  #stand({ key, active, context, status }: NaiveActor, line: RecordedLine, isPresent: boolean): void {
    const stood = standingOf(active, drawing);
    const isOver = status !== "active";
    if (isOver && context.stopReason === "removed") {
      this.rows.delete(key);
      return;
    }
    const before = this.rows.get(key);
    const state = isOver && context.stopReason === "paused" ? "paused" : stood.state;
    const tone = isOver ? "off" : stood.tone;
    const failure = context.failure as { cause?: string } | null | undefined;
    const isLost = !isPresent && line.kind === "step" && tone === "bad" && before?.tone !== "bad";
    this.rows.set(key, {
      state,
      tone,
      cause: failure?.cause ?? "none",
      since: before?.state === state ? before.since : line.kind === "step" ? line.at : undefined,
      losses: (before?.losses ?? 0) + (isLost ? 1 : 0),
    });
  }
}

/** Calls back before all steps (-1) and after each. */
export function replayPlainly(
  { lines, header }: Recording,
  look: (step: number, naive: Naive, line: RecordedLine | undefined) => void,
): void {
  const naive = new Naive();
  const isStanding = (line: RecordedLine): boolean =>
    stoodStill(line, header.writtenAt) && line.kind === "checkpoint" && line.checkpoint.status === "active";
  const stood = lines.filter(isStanding);
  for (const line of stood) naive.take(line, true);
  look(-1, naive, undefined);
  const rest = lines.filter((line) => !isStanding(line));
  for (const [step, line] of rest.entries()) {
    naive.take(line, false);
    look(step, naive, line);
  }
}
