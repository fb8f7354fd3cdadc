/** A recorded moment as a test file of its own: Vitest and `mooring/testing`, with the recording inside. */

import type { Recording } from "./read.js";
import type { Replayed } from "./replay.js";
import type { ReplayOptions } from "./replay-types.js";

/** For a raw template: what would end it or begin something in it is written as JSON also writes it. */
const raw = (line: string): string => line.replaceAll("`", "\\u0060").replaceAll("${", "\\u0024{");

/** The lines that the replay has used. */
function linesUsed({ text, actors }: Recording, { lastLine }: Replayed, key: string | undefined): string[] {
  const isUsed = (line: string): boolean => {
    if (line.trim() === "") return false;
    const { actor }: { actor?: number } = JSON.parse(line);
    return key === undefined || actor === undefined || actors.get(actor)?.key === key;
  };
  return text.filter((line, index) => index < lastLine && isUsed(line));
}

/** The part of the options that the test repeats; the recording in it ends where `at` does. */
const optionsOf = ({ key, until }: ReplayOptions): string =>
  JSON.stringify({ ...(key === undefined ? {} : { key }), ...(until === undefined ? {} : { until }) });

export function asTest(recording: Recording, replayed: Replayed, options: ReplayOptions): string {
  const { header, registrations, reached, lastLine } = replayed;
  const states = reached ? { [reached.key]: reached.to } : Object.fromEntries(registrations);
  const [first] = Object.entries(states);
  const who = Object.keys(states).length === 1 && first ? first[0] : `${registrations.size} registrations`;
  const moment = recording.lines.findLast(({ line }) => line <= lastLine)?.at ?? header.writtenAt;
  const title = `${who} at ${new Date(moment).toISOString()}, as recorded`;
  return `import { replay } from "mooring/testing";
import { expect, test } from "vitest";

// Recorded by Mooring ${header.mooring}; what it has is in docs/recording.md.
const recording = String.raw\`
${linesUsed(recording, replayed, options.key).map(raw).join("\n")}
\`.trim();

test(${JSON.stringify(title)}, async () => {
  const result = await replay(recording, ${optionsOf(options)});
  expect(result.divergence).toBeNull();
  expect(result.states).toMatchObject(${JSON.stringify(states)});
});
`;
}
