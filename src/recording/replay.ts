/** Runs the charts over a recording, step by step in its order, and compares all that they do with what was recorded. */

import type { RegistrationSnapshot } from "../../machines/registration.js";
import { type RegistrationView, registrationView } from "../../machines/registration-view.js";
import { type ChartVersions, chartVersions } from "./charts.js";
import { difference, divergenceOf } from "./divergence.js";
import type { ReplayedActor } from "./entry.js";
import { linesUntil } from "./extent.js";
import type { Header } from "./format.js";
import { isReplayed, type Recording, type ReplayedLine } from "./read.js";
import type { Divergence, Movement } from "./replay-types.js";
import { type Made, ReplayedChart } from "./replayed-chart.js";

/** What to replay, and how far. */
export interface Extent {
  readonly key?: string;
  /** In ms since 1970. */
  readonly at?: number;
  /** A state's path, or its beginning: `backoff` is also `backoff.refused`. */
  readonly until?: string;
}

export interface Replayed {
  readonly header: Header;
  /** The versions that this Mooring has. */
  readonly charts: ChartVersions;
  readonly registrations: ReadonlyMap<string, string>;
  /** How each registration stands at the end, as far as it did not diverge. */
  readonly views: ReadonlyMap<string, RegistrationView>;
  readonly steps: number;
  /** Steps that could not be compared, because their actor had diverged before. */
  readonly skipped: number;
  readonly divergences: readonly Divergence[];
  readonly movements: readonly Movement[];
  /** The movement that `until` asks for; null when none did. */
  readonly reached: Movement | null;
  /** The last line that was replayed. */
  readonly lastLine: number;
}

const isWithin = (path: string, wanted: string): boolean =>
  path === wanted || path.startsWith(`${wanted}.`) || path.endsWith(`.${wanted}`);

/** One actor on its way through the recording. */
interface Run {
  readonly chart: ReplayedChart;
  /** As it was recorded, all fields. */
  context: Readonly<Record<string, unknown>>;
  how: "running" | "diverged";
}

/** One that could not even begin has nothing to go on with, though it was recorded so. */
const atStart = (before: unknown, { snapshot }: Made) =>
  before === undefined && snapshot.status === "error"
    ? ({ what: "status", recorded: "error", replayed: "error" } as const)
    : undefined;

/** Of a registration's chart, which has begun. */
const viewOf = ({ snapshot }: ReplayedChart) => registrationView(snapshot as RegistrationSnapshot);

class Replay {
  readonly registrations = new Map<string, string>();
  readonly views = new Map<string, RegistrationView>();
  readonly divergences: Divergence[] = [];
  readonly movements: Movement[] = [];
  reached: Movement | null = null;
  steps = 0;
  skipped = 0;
  lastLine = 1;
  readonly #runs = new Map<number, Run>();
  readonly #until: string | undefined;

  constructor(until: string | undefined) {
    this.#until = until;
  }

  take(line: ReplayedLine): void {
    const { actor } = line;
    this.lastLine = line.line;
    const run = this.#runs.get(actor.number) ?? this.#begin(actor);
    if (run.how === "diverged") {
      this.skipped += 1;
      return;
    }
    const found = line.kind === "checkpoint" ? this.#restore(run, line) : this.#step(run, line);
    if (found) {
      run.how = "diverged";
      this.divergences.push(found);
    }
    if (actor.chart === "registration") this.#look(run, line);
  }

  #begin(actor: ReplayedActor): Run {
    const run: Run = { chart: new ReplayedChart(actor.chart), context: {}, how: "running" };
    this.#runs.set(actor.number, run);
    return run;
  }

  #restore(run: Run, line: Extract<ReplayedLine, { kind: "checkpoint" }>): Divergence | undefined {
    const { checkpoint } = line;
    run.context = checkpoint.context;
    try {
      run.chart.restore(checkpoint);
      // A context that was cut short shows here.
      if (line.actor.chart === "registration") viewOf(run.chart);
      return undefined;
    } catch (error) {
      const replayed = error instanceof Error ? error.message : "it cannot be restored";
      const found = { what: "checkpoint", recorded: checkpoint.state, replayed } as const;
      return divergenceOf(line, "checkpoint", found, checkpoint.state);
    }
  }

  #step(run: Run, line: Extract<ReplayedLine, { kind: "step" }>): Divergence | undefined {
    this.steps += 1;
    const { event, random = [] } = line;
    const before = run.chart.snapshot;
    run.context = { ...run.context, ...line.context };
    if (before && before.status !== "active") {
      const found = { what: "ended", recorded: event.type, replayed: before.status } as const;
      return divergenceOf(line, event.type, found, before.value);
    }
    const made: Made = before
      ? run.chart.take(event, random)
      : run.chart.start("input" in event ? event.input : undefined, random);
    const found = difference({ line, context: run.context }, made) ?? atStart(before, made);
    return found && divergenceOf(line, event.type, found, before?.value ?? made.snapshot.value);
  }

  /** Notes where a registration stands now, when that is elsewhere. */
  #look({ chart, how }: Run, { line, at, actor: { key } }: ReplayedLine): void {
    if (how === "diverged") {
      this.views.delete(key);
      this.registrations.set(key, "diverged");
      return;
    }
    const view = viewOf(chart);
    this.views.set(key, view);
    const { state, child, event, failure } = view;
    const to = child === null ? state : `${state}.${child}`;
    const from = this.registrations.get(key) ?? null;
    if (from === to) return;
    this.registrations.set(key, to);
    const cause = failure && `${failure.cause}${failure.code === undefined ? "" : ` (${failure.code})`}`;
    const movement = { at, line, key, from, to, event, cause };
    this.movements.push(movement);
    if (this.#until !== undefined && isWithin(to, this.#until)) this.reached = movement;
  }
}

/** The whole of it, or as far as asked. */
export function replayRecording(recording: Recording, { key, at, until }: Extent): Replayed {
  const { header } = recording;
  const replay = new Replay(until);
  for (const line of linesUntil(recording, at)) {
    if (!isReplayed(line) || (key !== undefined && line.actor.key !== key)) continue;
    replay.take(line);
    if (replay.reached) break;
  }
  const { registrations, views, steps, skipped, divergences, movements, reached, lastLine } = replay;
  const charts = chartVersions();
  return { header, charts, registrations, views, steps, skipped, divergences, movements, reached, lastLine };
}
