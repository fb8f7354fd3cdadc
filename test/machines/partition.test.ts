import { afterEach, describe, expect, it } from "vitest";
import { assign, createActor } from "xstate";
import { type PartitionEmitted, partitionMachine } from "../../machines/partition.js";
import { defaultPolicy } from "../../machines/policy.js";
import { type RegistrationActor, registrationMachine } from "../../machines/registration.js";
import { publicState } from "../../machines/registration-view.js";
import { StepClock } from "./clock.js";
import { FakePorts, settle } from "./rig.js";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function partitionOf() {
  const ports = new FakePorts();
  const clock = new StepClock();
  const errors: unknown[] = [];
  const emitted: PartitionEmitted[] = [];
  const actors = new Map<string, RegistrationActor>();
  const machine = partitionMachine.provide({
    actors: {
      registration: registrationMachine.provide({
        actors: ports.actors,
        // Two ways to make one registration fail: actions that throw.
        actions: {
          stopBecause: assign(({ context }, { reason }) => {
            if (context.key.startsWith("fails at its end")) throw new Error(`${context.key}`);
            return { stopReason: reason, backoffMs: 0 };
          }),
          note: ({ context }, params) => {
            if (params.code === "peer-draining-later") throw new Error(`${context.key} fails`);
          },
        },
      }),
    },
  });
  const actor = createActor(machine, { input: { partition: 1, random: () => 0 }, clock });
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.on("*", (event) => {
    emitted.push(event);
    if (event.type === "registration.started") {
      actors.set(event.key, event.actor);
      event.actor.subscribe({ error: () => {} });
    }
  });
  actor.start();
  ends.push(() => actor.stop());
  const told = () =>
    emitted.map((event) => {
      const what = event.type.replace("registration.", "");
      if (event.type === "registration.ended") return `${event.key} ${what} ${event.output.reason}`;
      if (event.type === "registration.failed")
        return `${event.key} ${what}${event.parked ? ", parked" : ""}`;
      return `${event.key} ${what}`;
    });
  const add = (key: string) => actor.send({ type: "registration.add", spec: { key, policy: defaultPolicy } });
  const attempt = (key: string) => actors.get(key)?.getSnapshot().context.streamAttempt ?? 0;
  return {
    actor,
    ports,
    clock,
    errors,
    told,
    add,
    attempt,
    states: () => [...actors].map(([key, child]) => [key, publicState(child.getSnapshot())]),
    children: () => Object.keys(actor.getSnapshot().children),
    member: (key: string) => actor.getSnapshot().context.members.get(key),
    async serve(except?: string) {
      const chosen = ports.openings.filter(({ input }) => input.key !== except);
      for (const opening of chosen) {
        const { key, streamAttempt } = opening.input;
        const value = {
          handle: `${key}#${streamAttempt}`,
          credentialSource: "saved",
          hasSessionToken: false,
        } as const;
        opening.resolve({ ok: true, value });
        await settle();
        const stream = ports.streams.find((one) => one.input.handle === value.handle);
        stream?.send({ type: "stream.accepted", streamAttempt, status: "approved", hasSessionToken: false });
      }
    },
    /** Makes one registration fail while it awaits its register answer. */
    async fail(key: string) {
      const opening = ports.openings.filter(({ input }) => input.key === key).at(-1);
      const handle = `${key}#${opening?.input.streamAttempt}`;
      opening?.resolve({ ok: true, value: { handle, credentialSource: "saved", hasSessionToken: false } });
      await settle();
      actors.get(key)?.send({ type: "stream.peerDraining", streamAttempt: attempt(key) });
    },
  };
}

describe("a partition", () => {
  it("starts what is added, and refuses a second of the same key", () => {
    const partition = partitionOf();
    partition.add("a");
    partition.add("a");
    partition.add("b");
    expect(partition.told()).toEqual(["a started", "b started"]);
    expect(partition.children()).toEqual(["~1", "~2"]);
  });

  it("pauses and resumes under the same key with a new child, and attempts that go on counting", async () => {
    const partition = partitionOf();
    partition.add("a");
    await partition.serve();
    partition.actor.send({ type: "registration.pause", key: "a" });
    expect(partition.children()).toEqual([]);
    partition.actor.send({ type: "registration.resume", key: "a" });
    partition.actor.send({ type: "registration.resume", key: "a" });
    expect(partition.told()).toEqual(["a started", "a ended paused", "a started"]);
    expect(partition.children()).toEqual(["~1"]);
    expect(partition.attempt("a")).toBe(2);
  });

  it("restarts one, running or at rest", async () => {
    const partition = partitionOf();
    partition.add("a");
    partition.actor.send({ type: "registration.restart", key: "a" });
    expect(partition.children()).toEqual(["~1"]);
    partition.actor.send({ type: "registration.pause", key: "a" });
    partition.actor.send({ type: "registration.restart", key: "a" });
    expect(partition.children()).toEqual(["~1"]);
    expect(partition.told()).toEqual([
      "a started",
      "a ended paused",
      "a started",
      "a ended paused",
      "a started",
    ]);
  });

  it("has no more ids of children than it ever had registrations at once, because XState forgets none", () => {
    const partition = partitionOf();
    const ids = new Set<string>();
    for (let i = 0; i < 100; i += 1) {
      partition.add(`r${i}`);
      partition.actor.send({ type: "registration.restart", key: `r${i}` });
      for (const id of partition.children()) ids.add(id);
      if (i >= 2) partition.actor.send({ type: "registration.remove", key: `r${i - 2}` });
    }
    expect([...ids]).toEqual(["~1", "~2", "~3"]);
  });

  it("forgets what is removed, running or at rest, and says so once", () => {
    const partition = partitionOf();
    partition.add("a");
    partition.add("b");
    partition.actor.send({ type: "registration.pause", key: "b" });
    for (const key of ["a", "b", "c"]) partition.actor.send({ type: "registration.remove", key });
    expect(partition.told()).toEqual([
      "a started",
      "b started",
      "b ended paused",
      "a ended removed",
      "b ended removed",
    ]);
    expect(partition.actor.getSnapshot().context.members).toEqual(new Map());
    partition.add("a");
    expect(partition.children()).toEqual(["~1"]);
  });

  it("passes retryNow on to the one it names", async () => {
    const partition = partitionOf();
    partition.add("a");
    partition.add("b");
    for (const opening of partition.ports.openings.splice(0))
      opening.resolve({ ok: false, failure: { kind: "transient", cause: "unreachable" } });
    await settle();
    partition.actor.send({ type: "registration.retryNow", key: "b" });
    expect(partition.states()).toEqual([
      ["a", "backoff"],
      ["b", "connecting"],
    ]);
  });

  it("tells drain, cancel and stop to all", async () => {
    const partition = partitionOf();
    partition.add("a");
    partition.add("b");
    await partition.serve();
    partition.actor.send({ type: "drain", deadlineMs: 9_000 });
    partition.actor.send({ type: "cancel" });
    expect(partition.ports.works.map(({ mode, commands }) => [mode, ...commands])).toEqual([
      ["drain", "cancel"],
      ["drain", "cancel"],
    ]);
    partition.actor.send({ type: "stop" });
    expect(partition.children()).toEqual([]);
    expect(partition.told().slice(2)).toEqual(["a ended shutdown", "b ended shutdown"]);
  });
});

describe("a registration that fails", () => {
  it("[xstate.error.actor.*] leaves its siblings streaming and is started again", async () => {
    const partition = partitionOf();
    for (const key of ["a", "b", "c"]) partition.add(key);
    await partition.serve("b");
    await partition.fail("b");
    expect(partition.errors).toEqual([]);
    expect(partition.told().slice(-2)).toEqual(["b failed", "b started"]);
    expect(partition.states()).toEqual([
      ["a", "streaming"],
      ["b", "connecting"],
      ["c", "streaming"],
    ]);
    expect(partition.children()).toEqual(["~1", "~3", "~2"]);
  });

  it("is parked after three restarts within a minute, and reported", async () => {
    const partition = partitionOf();
    partition.add("a");
    partition.add("b");
    for (let fault = 0; fault < 4; fault += 1) await partition.fail("a");
    expect(partition.told()).toEqual([
      "a started",
      "b started",
      "a failed",
      "a started",
      "a failed",
      "a started",
      "a failed",
      "a started",
      "a failed, parked",
    ]);
    expect(partition.children()).toEqual(["~2"]);
    partition.actor.send({ type: "registration.restart", key: "a" });
    expect(partition.children()).toEqual(["~2", "~1"]);
    expect(partition.attempt("a")).toBe(5);
  });

  it("on its way to an end that was asked for, has ended", async () => {
    const partition = partitionOf();
    for (const key of ["fails at its end 1", "fails at its end 2", "fails at its end 3", "d"])
      partition.add(key);
    await partition.serve();
    const before = partition.told().length;
    partition.actor.send({ type: "registration.remove", key: "fails at its end 1" });
    partition.actor.send({ type: "registration.pause", key: "fails at its end 2" });
    partition.actor.send({ type: "registration.restart", key: "fails at its end 3" });
    expect(partition.errors).toEqual([]);
    expect(partition.told().slice(before)).toEqual([
      "fails at its end 1 failed",
      "fails at its end 1 ended removed",
      "fails at its end 2 failed",
      "fails at its end 2 ended paused",
      "fails at its end 3 failed",
      "fails at its end 3 started",
    ]);
    expect(partition.member("fails at its end 1")).toBeUndefined();
    expect(partition.member("fails at its end 2")).toMatchObject({
      actor: null,
      faults: 0,
      streamAttempt: 1,
    });
    partition.actor.send({ type: "registration.resume", key: "fails at its end 2" });
    expect(partition.attempt("fails at its end 2")).toBe(2);
  });

  it("has its faults forgiven one by one after a minute", async () => {
    const partition = partitionOf();
    partition.add("a");
    for (let fault = 0; fault < 3; fault += 1) await partition.fail("a");
    expect(partition.member("a")?.faults).toBe(3);
    partition.clock.increment(60_000);
    expect(partition.member("a")?.faults).toBe(0);
    await partition.fail("a");
    expect(partition.told().at(-1)).toBe("a started");
  });

  it("is not started again while draining, so that the drain ends", async () => {
    const partition = partitionOf();
    partition.add("a");
    partition.actor.send({ type: "drain", deadlineMs: 9_000 });
    await partition.fail("a");
    expect(partition.told().at(-1)).toBe("a failed, parked");
    partition.actor.send({ type: "registration.resume", key: "a" });
    expect(partition.children()).toEqual([]);
  });
});
