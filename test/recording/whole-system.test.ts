/** What is noted beside what a replay needs: transitions, guards, and the actors that host registrations. */
import { readFileSync } from "node:fs";
import { startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import type { Entry } from "../../src/recording/entry.js";
import { type Recording, readRecording } from "../../src/recording/read.js";
import { Recorder } from "../../src/recording/recorder.js";
import { keyOf } from "../../src/recording/taken.js";
import { createRig } from "../machines/rig.js";
import { echo } from "../support/connectors.js";
import { untilStatus } from "../support/until.js";
import { textOf } from "./texts.js";

const key = "acme.echo_test.one";

async function recorded(): Promise<Recording> {
  await using bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }],
  });
  const { runtime, gateway } = bench;
  const gone = untilStatus(runtime, key, ({ state }) => state !== "streaming");
  await gateway.restart();
  await gone;
  await untilStatus(runtime, key, ({ state }) => state === "streaming");
  return readRecording(await textOf(runtime.recording()));
}

const steps = ({ lines }: Recording) => lines.flatMap((line) => (line.kind === "step" ? [line] : []));

it("has the supervisor, its partition and the registration, each below the other", async () => {
  const { actors } = await recorded();
  const all = [...actors.values()];
  const supervisor = all.find(({ chart }) => chart === "supervisor");
  const partition = all.find(({ chart }) => chart === "partition");
  const registration = all.find(({ chart }) => chart === "registration");
  expect(supervisor).toMatchObject({ key: "", parent: null });
  expect(partition).toMatchObject({ key: "", parent: supervisor?.number });
  expect(registration).toMatchObject({ key, parent: partition?.number });
});

it("has figures instead of actors of what hosts them", async () => {
  const recording = await recorded();
  const added = steps(recording).find(
    ({ actor, event }) => actor.chart === "partition" && event.type === "registration.add",
  );
  expect(added?.context).toMatchObject({ members: 1 });
  const started = added?.sent?.find((output) => "emits" in output);
  expect(started).toEqual({ emits: { type: "registration.started", key } });
});

it("names the transitions of each step, and the guards that were asked with what they said", async () => {
  const lost = steps(await recorded()).find(
    ({ actor, event }) => actor.chart === "registration" && event.type === "stream.ended",
  );
  expect(lost?.taken?.[0]).toMatch(/^registration\.connection\.linked stream\.ended \d+$/);
  expect(lost?.asked?.length).toBeGreaterThan(0);
});

it("names transitions as the drawn charts do", async () => {
  const drawn = readFileSync(new URL("../../inspector/charts.json", import.meta.url), "utf8");
  const recorder = new Recorder({ maxBytes: 1_000_000, keep: "tail" });
  const rig = createRig({ recorder });
  await rig.opened("anonymous");
  rig.accepted("approved");
  rig.ended("server-closed");
  const keys = recorder.memory.entries().flatMap(({ taken }) => taken.map(keyOf));
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((one) => !drawn.includes(JSON.stringify(one)))).toEqual([]);
});

it("tells every step to who listens, also when there is no room for it", async () => {
  const recorder = new Recorder({ maxBytes: 1, keep: "all" });
  const heard: Entry[] = [];
  const rig = createRig({ recorder });
  const leave = recorder.listen((entry) => heard.push(entry));
  await rig.opened("anonymous");
  rig.accepted("approved");
  expect(heard.map(({ event }) => event.type)).toContain("stream.accepted");
  const { dropped } = recorder.memory;
  expect(recorder.memory.entries()).toEqual([]);
  const before = heard.length;
  leave();
  rig.ended("server-closed");
  expect(heard).toHaveLength(before);
  expect(recorder.memory.dropped).toBeGreaterThan(dropped);
});

it("goes on without a listener that throws, and so does the chart", async () => {
  const recorder = new Recorder({ maxBytes: 1_000_000, keep: "tail" });
  let calls = 0;
  recorder.listen(() => {
    calls += 1;
    throw new Error("of who looks on");
  });
  const rig = createRig({ recorder });
  await rig.opened("anonymous");
  rig.accepted("approved");
  expect(calls).toBe(1);
  expect(recorder.memory.entries().at(-1)?.event.type).toBe("stream.accepted");
});
