/**
 * A recorded moment as a test file of its own: Vitest and `mooring/testing`, with the recording inside. Browsers run
 * it, too.
 */
import type { RecordedActor } from "./entry.js";
import { linesUntil } from "./extent.js";
import type { Recording } from "./read.js";
import type { Replayed } from "./replay.js";
import type { ReplayOptions } from "./replay-types.js";

/** For a raw template: what would end it or begin something in it is written as JSON also writes it. */
const raw = (line: string): string => line.replaceAll("`", "\\u0060").replaceAll("${", "\\u0024{");

export interface Moment {
  /** The version of Mooring that has recorded it. */
  readonly mooring: string;
  /** In ms since 1970. */
  readonly at: number;
  /** The lines of the recording that lead there. */
  readonly lines: Iterable<string>;
  /** Where the registrations stand then, by their keys: `backoff.transient`. */
  readonly states: Readonly<Record<string, string>>;
  /** What `replay` is asked for. */
  readonly options: Pick<ReplayOptions, "key" | "until">;
}

export function testOfMoment({ mooring, at, lines, states, options }: Moment): string {
  const keys = Object.keys(states);
  const [first] = keys;
  const who = keys.length === 1 && first !== undefined ? first : `${keys.length} registrations`;
  const title = `${who} at ${new Date(at).toISOString()}, as recorded`;
  return `import { replay } from "mooring/testing";
import { expect, test } from "vitest";

// Recorded by Mooring ${mooring}; what it has is in docs/recording.md.
const recording = String.raw\`
${[...lines].map(raw).join("\n")}
\`.trim();

test(${JSON.stringify(title)}, async () => {
  const result = await replay(recording, ${JSON.stringify(options)});
  expect(result.divergence).toBeNull();
  expect(result.states).toMatchObject(${JSON.stringify(states)});
});
`;
}

/** What a line without an actor has, the header and the policies, belongs to all. */
export function isLineOf(
  line: string,
  key: string | undefined,
  actors: ReadonlyMap<number, RecordedActor>,
): boolean {
  if (line.trim() === "") return false;
  if (key === undefined) return true;
  const { actor }: { actor?: number } = JSON.parse(line);
  return actor === undefined || actors.get(actor)?.key === key;
}

/** The moment to which a replay has come. */
export function asTest(recording: Recording, replayed: Replayed, { key, at, until }: ReplayOptions): string {
  const { header, registrations, reached, lastLine } = replayed;
  const leads = new Set([...linesUntil(recording, at && Number(at))].map(({ line }) => line));
  const later = new Set(recording.lines.map(({ line }) => line).filter((line) => !leads.has(line)));
  const isUsed = (line: string, index: number): boolean =>
    index < lastLine && !later.has(index + 1) && isLineOf(line, key, recording.actors);
  const last = recording.lines.findLast(({ line }) => line <= lastLine && !later.has(line));
  return testOfMoment({
    mooring: header.mooring,
    at: last?.at ?? header.writtenAt,
    lines: recording.text.filter(isUsed),
    states: reached ? { [reached.key]: reached.to } : Object.fromEntries(registrations),
    options: { ...(key === undefined ? {} : { key }), ...(until === undefined ? {} : { until }) },
  });
}
