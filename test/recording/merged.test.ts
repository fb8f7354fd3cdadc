/** Recordings of several threads become one, without a number that stands for two things. */
import { expect, it } from "vitest";
import { type Gathered, mergedText, type Source } from "../../src/recording/merged.js";
import { pictureOf } from "../../src/recording/picture.js";
import { readRecording } from "../../src/recording/read.js";
import { Recorder } from "../../src/recording/recorder.js";
import { replayRecording } from "../../src/recording/replay.js";
import { recordingText } from "../../src/recording/write.js";
import { createRig } from "../machines/rig.js";
import { textOf } from "./texts.js";

interface Life {
  readonly key: string;
  /** When its clock begins. */
  readonly from: number;
  /** How long the connecting may take: policies of different threads may differ. */
  readonly connectTimeoutMs?: number;
}

/** A thread with one registration that loses its link, each event a second after the other. */
async function life(worker: number, { key, from, connectTimeoutMs }: Life): Promise<Source> {
  let at = from;
  const now = () => {
    at += 1_000;
    return at;
  };
  const recorder = new Recorder({ maxBytes: 1_000_000, keep: "tail", now });
  const rig = createRig({ key, recorder, ...(connectTimeoutMs ? { policy: { connectTimeoutMs } } : {}) });
  await rig.serving("anonymous");
  rig.ended();
  const pieces: string[] = [];
  for await (const piece of recordingText(pictureOf(recorder, "asked"))) pieces.push(piece);
  rig.actor.stop();
  return { worker, pieces };
}

const gathered = (sources: readonly Source[], more: Partial<Gathered> = {}): Gathered => ({
  sources,
  workers: 2,
  silent: [],
  deaths: new Map(),
  startedAt: 1,
  askedAt: Date.now(),
  occasion: "asked",
  keep: "tail",
  faultAt: null,
  ...more,
});

const merged = async (...from: Parameters<typeof gathered>) =>
  readRecording(await textOf(mergedText(gathered(...from))));

it("numbers actors and policies anew, in the order of their times, and replays", async () => {
  const sources = [
    await life(1, { key: "t.echo.one", from: 10_000 }),
    await life(2, { key: "t.echo.two", from: 10_500, connectTimeoutMs: 7_000 }),
    // The thread that has the place of the first by now, and counts from 1 again.
    await life(1, { key: "t.echo.one", from: 60_000 }),
  ];
  const recording = await merged(sources);
  expect([...recording.actors.values()]).toEqual([
    { number: 1, chart: "registration", key: "t.echo.one", parent: null, worker: 1 },
    { number: 2, chart: "registration", key: "t.echo.two", parent: null, worker: 2 },
    { number: 3, chart: "registration", key: "t.echo.one", parent: null, worker: 1 },
  ]);
  const times = recording.lines.map(({ at }) => at);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  const policies = recording.text
    .filter((line) => line.startsWith('{"policy"'))
    .map((line) => JSON.parse(line));
  expect(policies.map(({ policy }) => policy)).toEqual([0, 1]);
  expect(policies.map(({ values }) => values.connectTimeoutMs).includes(7_000)).toBe(true);
  const replayed = replayRecording(recording, {});
  expect(replayed.divergences).toEqual([]);
  expect(Object.fromEntries(replayed.registrations)).toEqual({
    "t.echo.one": "backoff.transient",
    "t.echo.two": "backoff.transient",
  });
});

it("names the workers of which something is not in it", async () => {
  const sources = [await life(1, { key: "t.echo.one", from: 10_000 })];
  const missing = async (more: Partial<Gathered>) => (await merged(sources, more)).header.missing;
  expect(await missing({})).toEqual([]);
  expect(await missing({ silent: [2] })).toEqual([2]);
  expect(await missing({ deaths: new Map([[2, 20_000]]), silent: [1] })).toEqual([1, 2]);
  // What was lost would have had to make room by now.
  expect(await missing({ deaths: new Map([[2, 5_000]]) })).toEqual([]);
  expect((await merged([], { deaths: new Map([[2, 5_000]]) })).header).toMatchObject({
    missing: [2],
    workers: 2,
    dropped: 0,
  });
});

it("has those that stood still at its end, whichever thread wrote when", async () => {
  const still = await life(1, { key: "t.echo.one", from: 10_000 });
  const [header = "", ...lines] = still.pieces.join("").trim().split("\n");
  const { writtenAt } = JSON.parse(header);
  const policy = lines.find((line) => line.startsWith('{"policy"')) ?? "";
  const checkpoint = {
    actor: 1,
    at: writtenAt,
    checkpoint: { status: "active", state: "x", context: { policy: 0 }, children: [], history: {} },
  };
  const actor = { actor: 1, chart: "registration", key: "t.echo.still", parent: null };
  const standing = [header, policy, JSON.stringify(actor), JSON.stringify(checkpoint)];
  const askedAt = writtenAt + 60_000;
  const later = await life(2, { key: "t.echo.two", from: writtenAt + 1_000 });
  const recording = await merged([{ worker: 1, pieces: [`${standing.join("\n")}\n`] }, later], { askedAt });
  expect(recording.header.writtenAt).toBe(askedAt);
  expect(recording.lines.at(-1)).toMatchObject({ kind: "checkpoint", at: askedAt });
});
