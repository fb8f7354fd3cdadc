/** What went wrong in a recording: each failure that a chart was told of, once, with how often and when. */
import { isObject } from "../../is-object.js";
import type { RecordedLine } from "../../recording/read.js";
import { clipped, isoOf } from "../bounds.js";

export interface FailureFacts {
  readonly key: string;
  readonly chart: string;
  readonly cause: string;
  readonly code: string | null;
  readonly detail: string | null;
  readonly times: number;
  readonly firstAt: string;
  readonly lastAt: string;
}

interface Found {
  readonly cause: string;
  readonly code: string | null;
  readonly detail: string | null;
}

const textIn = (value: unknown): string | null => (typeof value === "string" ? clipped(value, 500) : null);

/** How deep an event is looked into: `output` of a port, and `failure` in it. */
const deepest = 3;

/** Failures anywhere in an event, by their form. */
function* failuresIn(value: unknown, depth = 0): Generator<Found> {
  if (!isObject(value) || depth > deepest) return;
  const { cause, kind, code, detail } = value as Readonly<Record<string, unknown>>;
  if (typeof cause === "string" && typeof kind === "string")
    yield { cause, code: textIn(code), detail: textIn(detail) };
  for (const inner of Object.values(value)) yield* failuresIn(inner, depth + 1);
}

/** What a step was told, and what it tells; the same failure in both is one. */
function toldIn(line: Extract<RecordedLine, { kind: "step" }>): readonly Found[] {
  const emitted = (line.sent ?? []).flatMap((output) => ("emits" in output ? [output.emits] : []));
  const found = [
    ...failuresIn(line.event),
    ...failuresIn(line.context?.failure),
    ...emitted.flatMap((one) => [...failuresIn(one)]),
  ];
  const names = new Map(found.map((one) => [nameOf(one), one]));
  return [...names.values()];
}

const nameOf = ({ cause, code, detail }: Found): string => `${cause} ${code} ${detail}`;

interface Seen extends Found {
  readonly key: string;
  readonly chart: string;
  times: number;
  readonly firstAt: number;
  lastAt: number;
}

/** Of every registration, the newest last. */
export function failuresOf(lines: readonly RecordedLine[]): readonly FailureFacts[] {
  const seen = new Map<string, Seen>();
  for (const line of lines) {
    if (line.kind !== "step") continue;
    const { key, chart } = line.actor;
    for (const one of toldIn(line)) {
      const name = `${key} ${chart} ${nameOf(one)}`;
      const known = seen.get(name);
      if (known) {
        known.times += 1;
        known.lastAt = line.at;
      } else seen.set(name, { ...one, key, chart, times: 1, firstAt: line.at, lastAt: line.at });
    }
  }
  return [...seen.values()]
    .sort((a, b) => a.lastAt - b.lastAt)
    .map(({ firstAt, lastAt, ...facts }) => ({ ...facts, firstAt: isoOf(firstAt), lastAt: isoOf(lastAt) }));
}
