/** Where a replay first differs from what was recorded, and what that means. */
import { readableEvent } from "../../machines/event-names.js";
import { chartPart, statePathOf } from "./chart-part.js";
import type { ReplayedLine } from "./read.js";
import type { Difference, Divergence } from "./replay-types.js";
import type { Made } from "./replayed-chart.js";
import { differingField, isSameData } from "./same-data.js";

interface Found {
  readonly what: Difference;
  readonly recorded: unknown;
  readonly replayed: unknown;
  /** Of the context. */
  readonly field?: string;
}

/** What was recorded of a step; the context whole. */
export interface Recorded {
  readonly line: Extract<ReplayedLine, { kind: "step" }>;
  readonly context: Readonly<Record<string, unknown>>;
}

/** How the two compare; undefined: they are equal. */
export function difference({ line, context }: Recorded, made: Made): Found | undefined {
  const { snapshot, sent, drawnTooMany, noTimer } = made;
  const { random = [], status = "active" } = line;
  if (noTimer) return { what: "timer", recorded: "it fired", replayed: "no such timer is set" };
  if (!isSameData(line.state, snapshot.value))
    return { what: "state", recorded: line.state, replayed: snapshot.value };
  if (snapshot.status !== status) return { what: "status", recorded: status, replayed: snapshot.status };
  const field = differingField(context, snapshot.context);
  if (field !== undefined)
    return { what: "context", field, recorded: context[field], replayed: snapshot.context[field] };
  if (!isSameData(line.sent ?? [], sent)) return { what: "sent", recorded: line.sent ?? [], replayed: sent };
  if (drawnTooMany !== 0)
    return { what: "random", recorded: random.length, replayed: random.length + drawnTooMany };
  return undefined;
}

const textOf = ({ what }: Found, value: unknown): string => {
  if (what === "state" && typeof value === "object" && value !== null) return statePaths(value);
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing");
};

/** Every region, when there are several. */
const statePaths = (value: object): string =>
  Object.keys(value)
    .map((name) => statePathOf({ [name]: Reflect.get(value, name) }))
    .join(" and ");

const meaning: Readonly<Record<Difference, string>> = {
  state: "leads to another state",
  status: "ends otherwise",
  context: "makes another context",
  sent: "lets something else out",
  timer: "comes from a timer that is not set",
  random: "draws another number of random values",
  checkpoint: "begins in a state that the chart does not have",
  ended: "comes after the end of its actor",
};

/** `before` is the state in which the event was taken. */
export function divergenceOf(
  { line, at, actor: { key, chart } }: ReplayedLine,
  type: string,
  found: Found,
  before: Parameters<typeof chartPart>[1],
): Divergence {
  const { what, field } = found;
  const recorded = textOf(found, found.recorded);
  const replayed = textOf(found, found.replayed);
  const part = chartPart(chart, before, type);
  const event = readableEvent(type);
  const where = part.line === null ? part.file : `${part.file}:${part.line}`;
  const state = part.state === "" ? "at its start" : `in ${part.state}`;
  const message = `line ${line}, ${new Date(at).toISOString()}: ${key}, ${chart} ${state}: the event "${event}" ${meaning[what]}${field === undefined ? "" : ` (${field})`}. Recorded: ${recorded}; replayed: ${replayed}. It is decided in ${where}.`;
  return { line, at, key, chart, event, what, recorded, replayed, part, message };
}
