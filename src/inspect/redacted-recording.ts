/** A recording with only what the allow-list lets a viewer see; its form stays, so that it is read like any other. */
import { redact, redacted } from "./redact.js";

type Data = Readonly<Record<string, unknown>>;

const isData = (value: unknown): value is Data =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (value: unknown): unknown => (isData(value) ? redact(value) : redacted);

/** The type of an event is a word of a chart. */
const eventOf = (event: unknown): unknown =>
  isData(event) ? { ...redact(event), type: event.type } : { type: redacted };

function outputOf(output: unknown): unknown {
  if (!isData(output)) return { stops: redacted };
  const { to, event, starts, input, stops, emits } = output;
  if (emits !== undefined) return { emits: eventOf(emits) };
  if (stops !== undefined) return { stops };
  if (starts !== undefined) return input === undefined ? { starts } : { starts, input: shown(input) };
  return { to, event: eventOf(event) };
}

/** What each field may be: names of charts, states, guards and transitions, numbers, or what the allow-list leaves of it. */
const fields: Readonly<Record<string, (value: unknown) => unknown>> = {
  event: eventOf,
  context: shown,
  values: shown,
  sent: (value) => (Array.isArray(value) ? value.map(outputOf) : []),
  checkpoint: (value) => (isData(value) ? { ...value, context: shown(value.context) } : {}),
};

const asItIs = new Set(["actor", "at", "chart", "key", "parent", "policy", "state", "status"]);
for (const name of ["random", "taken", "asked"]) asItIs.add(name);

/** One line of a recording, of which the first is its header. */
export function redactedLine(line: string): string {
  const data: Data = JSON.parse(line);
  if ("format" in data) return line;
  const entries = Object.entries(data).flatMap(([name, value]): [string, unknown][] => {
    if (asItIs.has(name)) return [[name, value]];
    return Object.hasOwn(fields, name) ? [[name, fields[name]?.(value)]] : [];
  });
  return JSON.stringify(Object.fromEntries(entries));
}

/** Pieces of whole lines in, pieces of whole lines out. */
export async function* redactedRecording(pieces: AsyncIterable<string>): AsyncGenerator<string, void> {
  for await (const piece of pieces) {
    const lines = piece.split("\n").filter((line) => line !== "");
    yield lines.map((line) => `${redactedLine(line)}\n`).join("");
  }
}
