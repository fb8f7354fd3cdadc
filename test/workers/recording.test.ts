/** With worker threads, what each of them records becomes one recording, and what is missing is named. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger, Runtime, RuntimeOptions } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { type Recording, readRecording } from "../../src/recording/read.js";
import { replayRecording } from "../../src/recording/replay.js";
import { textOf } from "../recording/texts.js";
import { neverMs } from "../support/never.js";
import { serving, untilStatus } from "../support/until.js";
import { createRuntime, fixture } from "./dist.js";

interface Hosted {
  readonly gateway: Gateway;
  readonly runtime: Runtime;
  /** Resolves at the next line of the log with this message. */
  says(message: string): Promise<void>;
}

async function hosted(options: RuntimeOptions = {}): Promise<Hosted> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const waiting = new Map<string, () => void>();
  const line = (_: object, message: string) => waiting.get(message)?.();
  const logger: Logger = { debug: line, info: line, warn: line, error: line };
  const runtime = createRuntime({
    url: gateway.url,
    workers: 2,
    module: fixture("connectors.mjs"),
    env: {},
    backoff: { baseMs: 5, maxMs: 50, jitterMs: 5 },
    stableUptimeMs: neverMs,
    logger,
    ...options,
  });
  onTestFinished(() => runtime.close());
  const says = (message: string) => new Promise<void>((resolve) => waiting.set(message, resolve));
  return { gateway, runtime, says };
}

const add = (runtime: Runtime, connector: string, ...instances: string[]) =>
  instances.map((instanceId) => runtime.add({ tenantId: "t", instanceId, connector }).key);

const workerOf = (runtime: Runtime, key: string) => runtime.registration(key).status().worker;

const recorded = async (runtime: Runtime): Promise<Recording> =>
  readRecording(await textOf(runtime.recording()));

/** What it replays to; every step must come out as it was recorded. */
function replayed(recording: Recording) {
  const { divergences, registrations, movements, steps } = replayRecording(recording, {});
  expect(divergences.map(({ message }) => message)).toEqual([]);
  expect(steps).toBeGreaterThan(0);
  return { states: Object.fromEntries(registrations), movements };
}

/** The workers in which the actors of each registration live. */
const workersIn = ({ actors }: Recording, key: string) =>
  new Set([...actors.values()].flatMap((actor) => (actor.key === key ? [actor.worker] : [])));

it("gathers what all threads have recorded, which replays", async () => {
  const { gateway, runtime } = await hosted();
  const keys = add(runtime, "where", "a", "b", "c", "d");
  await runtime.start();
  const gone = untilStatus(runtime, keys[0] ?? "", ({ state }) => state === "backoff");
  await gateway.restart();
  await gone;
  for (const key of keys) await untilStatus(runtime, key, serving);
  const recording = await recorded(runtime);
  expect(recording.header).toMatchObject({ workers: 2, missing: [], occasion: "asked", dropped: 0 });
  const { states, movements } = replayed(recording);
  expect(states).toEqual(Object.fromEntries(keys.map((key) => [key, "streaming.serving"])));
  for (const key of keys) {
    expect(workersIn(recording, key)).toEqual(new Set([workerOf(runtime, key)]));
    expect(movements.filter((one) => one.key === key).map(({ to }) => to)).toContain("backoff.transient");
  }
  const times = recording.lines.map(({ at }) => at);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  // What hosts registrations is there for each thread, above its own.
  const hosts = [...recording.actors.values()].filter(({ chart }) => chart === "supervisor");
  expect(hosts.map(({ worker }) => worker).sort()).toEqual([1, 2]);
});

it("goes on over the death of a thread, names what was lost, and writes a file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mooring-workers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "outage.jsonl");
  const { gateway, runtime, says } = await hosted({ recording: { file } });
  const [victim = "", other = ""] = add(runtime, "harm", "a", "b");
  const [beside = ""] = add(runtime, "where", "c");
  await runtime.start();
  const number = workerOf(runtime, victim);
  expect(workerOf(runtime, beside)).toBe(number);
  const { threadId } = (await gateway.execute(beside)).json() as { threadId: number };
  const [written, gone] = [
    says("recording written after a fault: mooring replay shows what led there"),
    untilStatus(runtime, victim, ({ ready }) => !ready),
  ];
  gateway.execute(victim, { payload: { how: "exit", to: threadId } }).catch(() => {});
  await gone;
  for (const key of [victim, beside]) await untilStatus(runtime, key, serving);
  const recording = await recorded(runtime);
  expect(recording.header).toMatchObject({ workers: 2, missing: [number], faultAt: expect.any(Number) });
  const all = Object.fromEntries([victim, other, beside].map((key) => [key, "streaming.serving"]));
  expect(replayed(recording).states).toEqual(all);
  expect(workersIn(recording, victim)).toEqual(new Set([number]));
  await written;
  const onFault = readRecording(await readFile(file, "utf8"));
  expect(onFault.header).toMatchObject({ occasion: "fault", missing: [number] });
  expect(replayed(onFault).states).toMatchObject({ [other]: "streaming.serving" });
});

it("leaves out a thread that does not answer, and says so", async () => {
  const { gateway, runtime, says } = await hosted();
  const [blocked = "", other = ""] = add(runtime, "harm", "a", "b");
  await runtime.start();
  const harming = says("harming");
  const answer = gateway.execute(blocked, { payload: { how: "wait until told" } });
  await harming;
  const recording = await recorded(runtime);
  expect(recording.header.missing).toEqual([workerOf(runtime, blocked)]);
  expect(replayed(recording).states).toEqual({ [other]: "streaming.serving" });
  const orders = new BroadcastChannel("harm");
  orders.postMessage("go on");
  orders.close();
  await answer;
  const whole = await recorded(runtime);
  expect(whole.header.missing).toEqual([]);
  expect(Object.keys(replayed(whole).states).sort()).toEqual([blocked, other]);
});

it("is there when everything has ended, also after a fault that ends a thread", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mooring-workers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "outage.jsonl");
  const { gateway, runtime } = await hosted({ reconnect: false, recording: { file } });
  const keys = add(runtime, "where", "a", "b");
  await runtime.start();
  gateway.disturb("close");
  await runtime.closed;
  const stopped = Object.fromEntries(keys.map((key) => [key, "stopped"]));
  const recording = await recorded(runtime);
  expect(recording.header.missing).toEqual([]);
  expect(replayed(recording).states).toEqual(stopped);
  const onFault = readRecording(await readFile(file, "utf8"));
  expect(onFault.header).toMatchObject({ occasion: "fault", missing: [], faultAt: expect.any(Number) });
  expect(replayed(onFault).movements.map(({ to }) => to)).toContain("stopped");
});

it("records nothing in any thread with maxBytes 0, and shares the room else", async () => {
  const { runtime } = await hosted({ recording: { maxBytes: 0 } });
  expect(() => runtime.recording()).toThrow("Nothing is recorded: recording.maxBytes is 0.");
  const { gateway, runtime: small } = await hosted({ recording: { maxBytes: 20_000 } });
  const [first = ""] = add(small, "where", "a", "b");
  await small.start();
  for (let round = 0; round < 8; round += 1) {
    const gone = untilStatus(small, first, ({ state }) => state === "backoff");
    gateway.disturb("close");
    await gone;
    await untilStatus(small, first, serving);
  }
  const { header, lines } = await recorded(small);
  expect(header.dropped).toBeGreaterThan(0);
  expect(lines.length).toBeGreaterThan(2);
});
