/** `replay()`: a recording and options in, what came of it out. For programs, tests and the command line. */
import { fileURLToPath } from "node:url";
import { invalidConfig, MooringError } from "../errors.js";
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, text } from "../options/kinds.js";
import { type Rows, row, textRow } from "../options/rows.js";
import { oddFileWords, readTextFile } from "../read-file.js";
import type { ChartVersions } from "./charts.js";
import type { Divergence } from "./divergence.js";
import { type Recording, readRecording } from "./read.js";
import { type Movement, type Replayed, replayRecording } from "./replay.js";

/** Larger files are not read: none of ours grows so far. */
const largestFile = 256 * 1024 * 1024;

export interface ReplayOptions {
  /**
   * Only this registration, by its key.
   * @default all of them
   */
  readonly key?: string;
  /**
   * Up to this moment: a `Date`, or ms since 1970.
   * @default to the end
   */
  readonly at?: Date | number;
  /**
   * Until a registration comes into this state, such as `backoff.refused`, `serving` or `backoff` with all below it.
   * @default to the end
   */
  readonly until?: string;
}

export interface ReplayResult {
  /** Where each registration stands at the end, by its key: `streaming.serving`; `diverged` where that is not known. */
  readonly states: Readonly<Record<string, string>>;
  /** How many registrations there are. */
  readonly registrations: number;
  /** Events that were replayed. */
  readonly steps: number;
  /** Events that were left out, because their actor had diverged before. */
  readonly skipped: number;
  /** The first that came out otherwise than it was recorded; null: none did. */
  readonly divergence: Divergence | null;
  /** How many actors diverged. */
  readonly divergences: number;
  /** Every state that a registration came into, once. */
  readonly statesReached: readonly string[];
  /** Which registration came where, and why, in order. */
  readonly movements: readonly Movement[];
  /** The movement that `until` asks for; null when there was none, or `until` was not given. */
  readonly reached: Movement | null;
  /** Of the recording: when it began and when it was written, in ms since 1970. */
  readonly startedAt: number;
  readonly writtenAt: number;
  /** Events that were not kept, for want of room. */
  readonly dropped: number;
  /** Which Mooring has written it. */
  readonly mooring: string;
  /** Charts that are another version here than where it was recorded: a divergence may come from that. */
  readonly changedCharts: readonly (keyof ChartVersions)[];
}

const moment: Kind<Date | number> = {
  wanted: "a Date, or a number of ms since 1970",
  is: (value): value is Date | number =>
    value instanceof Date ? !Number.isNaN(value.getTime()) : typeof value === "number" && value >= 0,
  isOpen: true,
};

/** Of `replay`. */
export const replayCall = {
  name: "replay()",
  table: {
    key: textRow({ says: "Only this registration, by its key.", usually: "all of them" }),
    at: row(moment, {
      takes: "`Date`, or ms",
      says: "Up to this moment: a `Date`, or ms since 1970.",
      usually: "to the end",
    }),
    until: row(text, {
      says: "Until a registration comes into this state, such as `backoff.refused`, `serving` or `backoff` with all below it.",
      usually: "to the end",
    }),
  } satisfies Rows<ReplayOptions>,
} satisfies Call;

/** A text of a recording begins with its header; everything else is the name of a file. */
const isText = (recording: string): boolean => recording.trimStart().startsWith("{");

async function textIn(file: string | URL): Promise<string> {
  try {
    return await readTextFile(file instanceof URL ? fileURLToPath(file) : file, largestFile);
  } catch (cause) {
    const what = oddFileWords(cause) ?? (cause instanceof Error ? cause.message : String(cause));
    throw new MooringError("IO_ERROR", `The recording cannot be read: ${what}`, { cause });
  }
}

/** Rejects as {@link replay} does. */
export async function loadRecording(recording: string | URL): Promise<Recording> {
  if (typeof recording !== "string" && !(recording instanceof URL))
    throw invalidConfig("replay() takes a recording first: the name of a file, its URL, or its text.");
  const isGiven = typeof recording === "string" && isText(recording);
  return readRecording(isGiven ? recording : await textIn(recording));
}

/** Throws INVALID_CONFIG for a key that the recording does not have. */
export function replayLoaded(recording: Recording, { key, at, until }: ReplayOptions): Replayed {
  const keys = new Set([...recording.actors.values()].map((actor) => actor.key));
  if (key !== undefined && !keys.has(key)) {
    const known = [...keys].slice(0, 10).join(", ") || "none";
    throw invalidConfig(
      `key: the recording has no registration "${key}". It has ${known}${keys.size > 10 ? ", …" : ""}.`,
    );
  }
  return replayRecording(recording, {
    ...(key === undefined ? {} : { key }),
    ...(at === undefined ? {} : { at: Number(at) }),
    ...(until === undefined ? {} : { until }),
  });
}

export function resultOf(replayed: Replayed): ReplayResult {
  const { header, charts, registrations, steps, skipped, divergences, movements, reached } = replayed;
  const names = Object.keys(charts) as (keyof ChartVersions)[]; // they are those of the type
  return {
    states: Object.fromEntries(registrations),
    registrations: registrations.size,
    steps,
    skipped,
    divergence: divergences[0] ?? null,
    divergences: divergences.length,
    statesReached: [...new Set(movements.map(({ to }) => to))],
    movements,
    reached,
    startedAt: header.startedAt,
    writtenAt: header.writtenAt,
    dropped: header.dropped,
    mooring: header.mooring,
    changedCharts: names.filter((name) => charts[name] !== header.charts[name]),
  };
}

/**
 * Runs the charts over a recording (the name of a file, its URL, or its text) without any waiting, and compares every
 * state, context and output on the way; the first that differs is `divergence`, with the event and both states.
 * Rejects with IO_ERROR for a file that cannot be read, DESERIALIZATION_ERROR that names line and field for what is no
 * recording, INVALID_CONFIG for bad options and a key that it does not have. A difference is no error.
 * @example
 * const { divergence, states } = await replay("outage.jsonl", { until: "backoff.refused" });
 * expect(divergence).toBeNull();
 */
export async function replay(recording: string | URL, options: ReplayOptions = {}): Promise<ReplayResult> {
  checkOptions(options, replayCall);
  return resultOf(replayLoaded(await loadRecording(recording), options));
}
