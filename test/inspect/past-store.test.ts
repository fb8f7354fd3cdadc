/** The store of the page: at any step of any recording it stands as a plain replay of the lines does. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { everything, listed, orders } from "../../inspector/fleet/order.js";
import { Groups, upTo } from "../../inspector/past/column.js";
import { FleetAt } from "../../inspector/past/fleet-at.js";
import { PastActors } from "../../inspector/past/past-actors.js";
import { PastFleet } from "../../inspector/past/past-fleet.js";
import { orderedBy } from "../../inspector/past/past-order.js";
import { redact } from "../../src/inspect/redact.js";
import { readRecording } from "../../src/recording/read.js";
import { troubleRank } from "../../src/troubles/troubles.js";
import { record, recordedStory, textOfRecorder } from "../recording/stories.js";
import { loaded, type Naive, replayPlainly } from "./past-naive.js";

/** What the store says of every actor that lives or is a registration, against what the plain replay says. */
function compareActors(past: PastActors, naive: Naive): void {
  for (const [number, actor] of naive.actors) {
    const own = past.loaded.store.actors.find((one) => one.number === number);
    if (!own) throw new Error(`actor ${number} is missing`);
    const looked = past.look(own);
    expect(looked.isLive).toBe(actor.status === "active");
    expect(looked.active).toEqual(actor.active);
    expect(looked.context).toEqual(redact(actor.context));
    expect(looked.steps.map(({ event }) => event)).toEqual(actor.events.slice(-looked.steps.length));
    expect(looked.path).toEqual(actor.path);
    expect(looked.enteredAt).toEqual(actor.enteredAt);
  }
}

function compareRows(fleet: PastFleet, naive: Naive): void {
  const list = fleet.list(everything, "name");
  const rows = Array.from({ length: list.length }, (_, place) => list.at(place));
  expect(rows.map((row) => row?.key)).toEqual([...naive.rows.keys()].sort());
  for (const row of rows) expect(row).toMatchObject(naive.rows.get(row?.key ?? "") ?? {});
  expect(fleet.size).toBe(naive.rows.size);
  expect(fleet.ready).toBe([...naive.rows.values()].filter(({ tone }) => tone === "good").length);
  for (const tally of Object.values(fleet.tallies))
    expect(tally.entries().reduce((sum, [, many]) => sum + many, 0)).toBe(naive.rows.size);
}

/** A story takes no time. Here each of its steps does; what stood still is as old as the recording, or has moved since. */
function apart(text: string, isStill: boolean): string {
  const [header = "", ...lines] = text.split("\n");
  const { writtenAt }: { writtenAt: number } = JSON.parse(header);
  const end = isStill ? writtenAt : writtenAt + 1;
  const later = lines.map((line, place) =>
    line.replace(
      /"at":(\d+)/,
      (_, at) => `"at":${Number(at) === writtenAt ? end : Number(at) - 100_000 + place * 7}`,
    ),
  );
  return [header, ...later].join("\n");
}

const bounds = fc.constantFrom(
  { maxBytes: 2 ** 30, keep: "all" as const },
  { maxBytes: 4_000, keep: "tail" as const },
  { maxBytes: 9_000, keep: "tail" as const },
);

describe("a recording as the page holds it", () => {
  it("equals a plain replay at every step, wherever one comes from", async () => {
    let [steps, moved] = [0, 0];
    await fc.assert(
      fc.asyncProperty(recordedStory, bounds, fc.nat(), async (story, settings, seed) => {
        const text = apart(textOfRecorder(await record(story, settings)), seed % 2 === 0);
        const all = await loaded(text);
        const [actors, fleet] = [new PastActors(all), new PastFleet(all)];
        const jump = seed % (all.store.length + 1);
        replayPlainly(readRecording(text), (step, naive, line) => {
          steps += 1;
          moved += naive.rows.size;
          // There and back again: what is shown does not depend on the way.
          fleet.moveTo(jump - 1, 0);
          actors.moveTo(step);
          fleet.moveTo(step, line?.at ?? 0);
          compareActors(actors, naive);
          compareRows(fleet, naive);
        });
      }),
      { numRuns: 120 },
    );
    expect(steps).toBeGreaterThan(300);
    expect(moved).toBeGreaterThan(100);
  }, 120_000);

  it("reaches any step by what is written down, near and far", async () => {
    const text = await longRecording(9_000);
    const { store } = await loaded(text);
    const [walking, seeking] = [new FleetAt(store), new FleetAt(store)];
    for (const step of [8_999, 0, 4_095, 4_096, 4_097, 8_191, 8_192, -1, 5_000]) {
      walking.seek(-1);
      for (let next = 0; next <= step; next += 1) walking.seek(next);
      seeking.seek(step);
      expect(seeking.last).toEqual(walking.last);
    }
  });

  it.each([
    ["", /line 1 is empty/],
    ["nonsense", /line 1 is not JSON/],
  ])("says what is wrong with %j", async (text, words) => {
    await expect(loaded(text)).rejects.toThrow(words);
  });

  it("names line and field of what does not fit", async () => {
    const lines = (await longRecording(3)).split("\n");
    const broken = lines.map((line, at) =>
      at === lines.length - 1 ? line.replace(/"at":\d+/, '"at":"noon"') : line,
    );
    await expect(loaded(broken.join("\n"))).rejects.toThrow(
      `line ${lines.length} has no usable "at": it must be a time in ms since 1970; got "noon"`,
    );
  });
});

/** One registration that loses its link again and again. */
async function longRecording(steps: number): Promise<string> {
  const story = fc.sample(recordedStory, { numRuns: 1, seed: 7 })[0]!;
  const lines = textOfRecorder(await record(story)).split("\n");
  const actor = lines.findIndex((line) => line.includes('"chart":"registration"'));
  const [number] = /(?<="actor":)\d+/.exec(lines[actor] ?? "") ?? [];
  const more = Array.from({ length: steps }, (_, at) =>
    JSON.stringify({
      actor: Number(number),
      at: 1_800_000_000_000 + at,
      event: { type: at % 2 === 0 ? "stream.ended" : "stream.accepted" },
      state: {
        connection: at % 2 === 0 ? { backoff: "transient" } : { linked: { streaming: "serving" } },
        intake: "accepting",
      },
    }),
  );
  const start = lines.findIndex((line) => line.startsWith(`{"actor":${number},"at"`));
  return [...lines.slice(0, start + 1), ...more].join("\n");
}

describe("what many numbers are held in", () => {
  it("groups places, each group in order", () => {
    const groups = new Groups(Int32Array.from([1, 0, -1, 1, 1, 0]), 6, 3);
    expect([0, 1, 2].map((group) => [...groups.of(group)])).toEqual([[1, 5], [0, 3, 4], []]);
  });

  it("finds the last that is not above a value", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 20 })),
        fc.integer({ min: -1, max: 21 }),
        (numbers, value) => {
          const sorted = Float64Array.from(numbers).sort();
          expect(upTo(sorted, value)).toBe(numbers.filter((one) => one <= value).length);
        },
      ),
    );
  });

  it("orders rows as a comparison does", () => {
    const row = fc.record({
      worst: fc.constantFrom(undefined, "flapping", "refused", "stray events"),
      tone: fc.constantFrom("good" as const, "bad" as const, "wait" as const),
      since: fc.oneof(
        fc.integer({ min: 1_700_000_000_000, max: 1_700_000_900_000 }),
        fc.constant(Number.NaN),
      ),
      losses: fc.nat({ max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), (given) => {
        // Who serves and is in trouble has no place by age that all others agree with.
        const rows = given.map((one) => (one.tone === "good" ? { ...one, worst: undefined } : one));
        const all = {
          length: rows.length,
          name: Int32Array.from(rows.keys()),
          trouble: Uint8Array.from(rows, ({ worst, tone }) =>
            troubleRank(worst === undefined ? [] : [worst], tone === "good"),
          ),
          good: Uint8Array.from(rows, ({ tone }) => (tone === "good" ? 1 : 0)),
          since: Float64Array.from(rows, ({ since }) => since),
          losses: Int32Array.from(rows, ({ losses }) => losses),
        };
        const shown = rows.map(({ worst, since, ...one }, at) => ({
          ...one,
          key: String(at).padStart(2, "0"),
          tenant: "",
          type: "",
          state: "",
          cause: "none",
          stretches: [],
          since: Number.isNaN(since) ? undefined : since,
          troubles: worst === undefined ? [] : [worst],
        }));
        for (const [order] of orders)
          expect([...orderedBy(order, all)]).toEqual(
            listed(shown, everything, order).map(({ key }) => Number(key)),
          );
      }),
    );
  });
});
