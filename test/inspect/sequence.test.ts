/** The messages of a registration as rows: tries that went alike are one, and what failed says so. */
import { describe, expect, it } from "vitest";
import { failureIn, toldBy } from "../../inspector/sequence/failures.js";
import { folded, type Row, type Rows } from "../../inspector/sequence/folds.js";
import type { Messages, Said } from "../../inspector/sequence/messages.js";

const after = "xstate.after.backoffDelay.backoff";

const saidAt = (at: number, event: string, failure?: string): Said => ({
  from: "gateway",
  to: "registration",
  event,
  kind: "event",
  at,
  key: "t.c.i",
  address: "t.c.i",
  step: at,
  taken: [],
  failure,
});

const listOf = (...all: readonly Said[]): Messages => ({
  length: all.length,
  at: (place) => all[place],
  placeOf: (step) => all.findLastIndex((said) => (said.step ?? 0) <= step),
});

const tried = (at: number, cause: string): readonly Said[] => [
  saidAt(at, after),
  saidAt(at + 1, "stream.ended", cause),
];

const textOf = ({ event, failure, fold }: Row): string =>
  fold ? `${fold.times} more until ${fold.until}` : `${event} ${failure ?? ""}`.trim();

const textsOf = (rows: Rows): readonly string[] =>
  Array.from({ length: rows.length }, (_, place) => rows.at(place)).flatMap((row) =>
    row ? [textOf(row)] : [],
  );

describe("tries one after the other", () => {
  const start = saidAt(0, "start");
  const messages = listOf(
    start,
    ...tried(10, "refused"),
    ...tried(20, "refused"),
    ...tried(30, "refused"),
    ...tried(40, "lost"),
    ...tried(50, "lost"),
    saidAt(60, after),
  );

  it("are one row behind the first where they went alike, and say how many they are", () => {
    const rows = folded(messages, () => false);
    expect(textsOf(rows)).toEqual([
      "start",
      after,
      "stream.ended refused",
      "2 more until 31",
      after,
      "stream.ended lost",
      "1 more until 51",
      after,
    ]);
    expect(rows.total).toBe(messages.length);
  });

  it("are all there behind the row that was opened", () => {
    const closed = folded(messages, () => false);
    const id = closed.at(3)?.fold?.id;
    const rows = folded(messages, (one) => one === id);
    expect(textsOf(rows).slice(2, 9)).toEqual([
      "stream.ended refused",
      "2 more until 31",
      after,
      "stream.ended refused",
      after,
      "stream.ended refused",
      after,
    ]);
    expect(rows.at(3)?.fold?.isOpen).toBe(true);
  });

  it("are found by their steps: what is folded at the row of its fold", () => {
    const rows = folded(messages, () => false);
    expect([0, 11, 21, 31, 41, 60].map((step) => rows.placeOf(step))).toEqual([0, 2, 3, 3, 5, 7]);
    expect(rows.placeOf(-1)).toBe(-1);
  });

  it("stay as they are where none is like the one before", () => {
    const other = listOf(...tried(1, "refused"), ...tried(3, "lost"), ...tried(5, "refused"));
    expect(textsOf(folded(other, () => false))).toHaveLength(6);
  });
});

it.each<[string, object, string | undefined]>([
  ["stream.ended", { failure: { kind: "transient", cause: "connection-lost" } }, "connection-lost"],
  ["xstate.done.actor.opening", { output: { ok: false, failure: { cause: "unreachable" } } }, "unreachable"],
  ["xstate.error.actor.mint", {}, "failed"],
  ["xstate.done.actor.opening", { output: { ok: false, failure: null } }, "no token at hand"],
  ["liveness.deaf", {}, "no heartbeat answered"],
  ["xstate.after.registerDeadline.registration", {}, "no answer in time"],
  ["stream.accepted", { failure: null }, undefined],
  ["xstate.done.actor.opening", { output: { ok: true, value: {} } }, undefined],
  [after, {}, undefined],
])("of %s with %j the failure is %s", (event, facts, failure) => {
  expect(failureIn(event, { ...facts })).toBe(failure);
});

it("an opening that found no token has not spoken to the gateway", () => {
  const opened = saidAt(1, "xstate.done.actor.opening");
  expect(toldBy(opened, { output: { ok: false, failure: null } }).from).toBe("credentials");
  expect(toldBy(opened, { output: { ok: false, failure: { cause: "unreachable" } } }).from).toBe("gateway");
  expect(toldBy(opened, { output: { ok: true } }).from).toBe("gateway");
});
