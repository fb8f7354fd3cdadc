/** What is no recording is refused, by line and field. */
import { replay } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { pictureOf } from "../../src/recording/picture.js";
import { Recorder } from "../../src/recording/recorder.js";
import { recordingLines } from "../../src/recording/write.js";
import { createRig } from "../machines/rig.js";

type Line = Record<string, unknown>;

/** Header, actor, policy, start, and one step that has everything. */
async function recorded(): Promise<readonly string[]> {
  const recorder = new Recorder({ maxBytes: 2 ** 20, keep: "tail" });
  const rig = createRig({ recorder });
  await rig.openFails("unreachable");
  return [...recordingLines(pictureOf(recorder, "asked"))];
}

const all = await recorded();
const lines = all.map((line): Line => JSON.parse(line));
const textWith = (line: number, change: Line): string =>
  all
    .map((raw, index) => (index === line - 1 ? JSON.stringify({ ...lines[index], ...change }) : raw))
    .join("\n");

const checkpoint = {
  status: "active",
  state: { connection: { backoff: "transient" }, intake: "accepting" },
  context: { ...(lines[3]?.context as Line), policy: 0 },
  children: [],
  history: {},
};
/** A step is made a checkpoint: the start before it goes. */
const withCheckpoint = (change: Line): string =>
  [...all.slice(0, 3), JSON.stringify({ actor: 1, at: 1, checkpoint: { ...checkpoint, ...change } })].join(
    "\n",
  );

it("the recording itself is one", async () => {
  expect(lines.map((line) => Object.keys(line)[0])).toEqual(["format", "actor", "policy", "actor", "actor"]);
  expect(await replay(all.join("\n"))).toMatchObject({ divergence: null, steps: 2 });
  expect(await replay(`${all.join("\r\n")}\r\n\n`)).toMatchObject({ divergence: null, steps: 2 });
  expect(await replay(withCheckpoint({}))).toMatchObject({ divergence: null, registrations: 1 });
});

const refused: readonly (readonly [string, string, string])[] = [
  ["nothing", "{", "line 1 is not JSON: this is no recording"],
  ["another format", textWith(1, { format: "other" }), 'line 1 must say "format": "mooring-recording"'],
  ["a later version", textWith(1, { version: 2 }), 'line 1 says "version": 2, and this Mooring reads 1'],
  ["a version that is none", textWith(1, { version: "1" }), 'line 1 has no usable "version"'],
  ["no charts", textWith(1, { charts: null }), 'line 1 has no usable "charts"'],
  ["a chart without a version", textWith(1, { charts: {} }), 'line 1 has no usable "charts.registration"'],
  ["no Mooring", textWith(1, { mooring: 1 }), 'line 1 has no usable "mooring"'],
  ["no beginning", textWith(1, { startedAt: "now" }), 'line 1 has no usable "startedAt"'],
  ["a time that no clock shows", textWith(1, { writtenAt: 1e300 }), 'line 1 has no usable "writtenAt"'],
  ["an unknown occasion", textWith(1, { occasion: "x" }), 'line 1 has no usable "occasion"'],
  ["an unknown keep", textWith(1, { keep: "some" }), 'line 1 has no usable "keep"'],
  ["a broken count", textWith(1, { dropped: -1 }), 'line 1 has no usable "dropped"'],
  ["a broken fault", textWith(1, { faultAt: "yes" }), 'line 1 has no usable "faultAt"'],
  ["an unknown chart", textWith(2, { chart: "windlass" }), 'line 2 has no usable "chart"'],
  ["a key that is none", textWith(2, { key: 1 }), 'line 2 has no usable "key"'],
  ["a parent that is none", textWith(2, { parent: "x" }), 'line 2 has no usable "parent"'],
  ["a policy without values", textWith(3, { values: 1 }), 'line 3 has no usable "values"'],
  ["a line that is no object", [...all, "[1]"].join("\n"), "line 6 must be a JSON object; got [1]"],
  ["a line that is cut off", [...all, '{"actor":1,"a'].join("\n"), "line 6 is not JSON: it was changed, or"],
  ["an actor twice", [...all, all[1]].join("\n"), 'line 6 names "actor": 1 again'],
  [
    "an actor of nowhere",
    textWith(5, { actor: 9 }),
    'line 5 is of "actor": 9, which no line before has named',
  ],
  ["no time", textWith(5, { at: null }), 'line 5 has no usable "at"'],
  ["no event", textWith(5, { event: {} }), 'line 5 has no usable "event"'],
  ["a second start", textWith(5, { event: { type: "xstate.init" } }), 'line 5 has no usable "event"'],
  ["no state", textWith(5, { state: [] }), 'line 5 has no usable "state"'],
  ["a state of no states", textWith(5, { state: { a: {} } }), 'line 5 has no usable "state"'],
  ["a context that is none", textWith(5, { context: 1 }), 'line 5 has no usable "context"'],
  ["a policy of nowhere", textWith(5, { context: { policy: 7 } }), 'line 5 has no usable "context.policy"'],
  ["an unknown status", textWith(5, { status: "odd" }), 'line 5 has no usable "status"'],
  ["outputs that are none", textWith(5, { sent: [{ to: "stream" }] }), 'line 5 has no usable "sent"'],
  ["random values that are none", textWith(5, { random: ["0.5"] }), 'line 5 has no usable "random"'],
  [
    "an input without a policy",
    textWith(4, { event: { type: "xstate.init", input: { policy: 5 } } }),
    'line 4 has no usable "event.input.policy"',
  ],
  ["no children", withCheckpoint({ children: null }), 'line 4 has no usable "checkpoint.children"'],
  ["a broken history", withCheckpoint({ history: { a: 1 } }), 'line 4 has no usable "checkpoint.history.a"'],
  [
    "a checkpoint in the middle",
    [...all, JSON.stringify({ actor: 1, at: 1, checkpoint })].join("\n"),
    "line 6",
  ],
  ["depth without end", [...all, `{"actor":${"[".repeat(5_000)}`].join("\n"), "line 6 is nested too deeply"],
];

describe("a recording with", () => {
  it.each(refused)("%s is refused", async (_, text, message) => {
    await expect(replay(text)).rejects.toMatchObject({
      code: "DESERIALIZATION_ERROR",
      message: expect.stringContaining(message),
    });
  });

  it("any field of any line taken away is refused or replays, and nothing else", async () => {
    for (const [index, line] of lines.entries())
      for (const name of Object.keys(line)) {
        const text = textWith(index + 1, { [name]: undefined });
        await replay(text).catch((error: unknown) =>
          expect(error).toMatchObject({ code: "DESERIALIZATION_ERROR" }),
        );
      }
  });

  it("no file is an error that names it", async () => {
    await expect(replay("/nowhere/outage.jsonl")).rejects.toMatchObject({
      code: "IO_ERROR",
      message: expect.stringContaining("/nowhere/outage.jsonl"),
    });
    await expect(replay(new URL(".", import.meta.url))).rejects.toMatchObject({ code: "IO_ERROR" });
    // @ts-expect-error No recording at all.
    await expect(replay(undefined)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  it("options that do not exist are refused", async () => {
    // @ts-expect-error Misspelt.
    await expect(replay(all.join("\n"), { untill: "backoff" })).rejects.toThrow('did you mean "until"?');
    await expect(replay(all.join("\n"), { key: "a.b.c" })).rejects.toThrow(
      'key: the recording has no registration "a.b.c". It has acme.echo.one.',
    );
    await expect(replay(all.join("\n"), { at: new Date("x") })).rejects.toThrow("at must be a Date");
  });
});
