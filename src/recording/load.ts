/** From a file or a text to a recording, from a recording to what its replay tells. */
import { fileURLToPath } from "node:url";
import { invalidConfig, MooringError } from "../errors.js";
import { oddFileWords, readTextFile } from "../files/read-file.js";
import { type Recording, readRecording } from "./read.js";
import { type Replayed, replayRecording } from "./replay.js";
import type { ReplayOptions, ReplayResult } from "./replay-types.js";
import type { ChartName } from "./settings.js";

/** Larger files are not read: none of ours grows so far. */
const largestFile = 256 * 1024 * 1024;

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

/** Rejects as `replay()` does. */
export async function loadRecording(recording: string | URL): Promise<Recording> {
  if (typeof recording !== "string" && !(recording instanceof URL))
    throw invalidConfig("replay() takes a recording first: the name of a file, its URL, or its text.");
  const isGiven = typeof recording === "string" && isText(recording);
  return readRecording(isGiven ? recording : await textIn(recording));
}

/** Throws INVALID_CONFIG for a key that the recording does not have. */
export function replayLoaded(recording: Recording, { key, at, until }: ReplayOptions): Replayed {
  const keys = new Set([...recording.actors.values()].map((actor) => actor.key).filter((one) => one !== ""));
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
  const names = Object.keys(charts) as ChartName[]; // they are those of the type
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
    missing: header.missing ?? [],
    mooring: header.mooring,
    changedCharts: names.filter((name) => charts[name] !== header.charts[name]),
  };
}
