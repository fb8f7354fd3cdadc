/** What stays and what starts again when a whole partition, or a registration with a live stream, fails. */
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { type Actor, createActor } from "xstate";
import {
  defaultPolicy,
  partitionMachine,
  type RegistrationActor,
  registrationMachine,
  registrationView,
  supervisorMachine,
} from "../../machines/index.js";
import { type Charts, type PartitionsOwner, partitionsPort } from "../../src/actors/partitions.js";
import { resolveSettings } from "../../src/runtime/options.js";
import { echo } from "../support/connectors.js";
import { eventually } from "../support/until.js";
import { servicesFor } from "./services.js";

const noCounts = Object.fromEntries(
  ["connecting", "awaitingRegister", "pendingApproval", "serving", "draining"]
    .concat(["credentialExchange", "backoff", "stopped", "paused", "parked"])
    .map((standing) => [standing, 0]),
);

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A supervisor with partitions of two over a real gateway; the machines are given by the test. */
async function supervised(count: number, machines: Partial<Charts>) {
  const gateway = await startGateway({ approval: "automatic" });
  ends.push(() => gateway.close());
  const keys = Array.from({ length: count }, (_, i) => `t.echo.i${i}`);
  const shared = await servicesFor(resolveSettings({ url: gateway.url, env: {} }), keys, echo);
  ends.push(() => shared.close());
  const actors = new Map<string, RegistrationActor>();
  const failed: string[] = [];
  const ended: string[] = [];
  const faults: unknown[] = [];
  const host: PartitionsOwner = {
    charts: process.env.MOORING_CHARTS === "plain" ? "plain" : "planned",
    recorder: undefined,
    services: shared.services,
    now: () => 0,
    random: () => 0,
    started: (key, actor) => {
      actors.set(key, actor);
      return () => {};
    },
    failed: (key, _error, parked) => failed.push(parked ? `${key} parked` : key),
    ended: (key, reason) => ended.push(`${key} ${reason}`),
    partitionFailed: (error) => faults.push(error),
  };
  const all = { partition: partitionMachine, registration: registrationMachine, ...machines };
  const supervisor: Actor<typeof supervisorMachine> = createActor(
    supervisorMachine.provide({ actors: { partitions: partitionsPort(host, all) } }),
    { input: { partitionSize: 2 } },
  );
  supervisor.subscribe({ error: (error) => faults.push(error) });
  supervisor.start();
  ends.push(async () => {
    supervisor.stop();
  });
  supervisor.send({ type: "registrations.add", specs: keys.map((key) => ({ key, policy: defaultPolicy })) });
  const counts = () => supervisor.getSnapshot().context.counts;
  await eventually(() => counts().serving === count);
  return {
    gateway,
    supervisor,
    failed,
    ended,
    faults,
    counts,
    actor: (key: string) => actors.get(key),
    child: (key: string) => {
      const actor = actors.get(key);
      return actor ? registrationView(actor.getSnapshot()).child : null;
    },
  };
}

/** Fails on the command to try again of one registration: with its partition, or alone. */
const failingPartition = partitionMachine.provide({
  actions: {
    retryNow: (_, { key }) => {
      throw new Error(`the partition of ${key} fails`);
    },
  },
});

describe("a partition that fails", () => {
  it("starts its own registrations again and leaves every other stream as it was", async () => {
    const rig = await supervised(5, { partition: failingPartition });
    const before = ["t.echo.i2", "t.echo.i3", "t.echo.i4"].map(rig.actor);
    rig.supervisor.send({ type: "registration.retryNow", key: "t.echo.i1" });
    await eventually(() => rig.counts().serving === 5);
    expect(rig.faults.map(String)).toEqual(["Error: the partition of t.echo.i1 fails"]);
    expect(["t.echo.i2", "t.echo.i3", "t.echo.i4"].map(rig.actor)).toEqual(before);
    await eventually(() => rig.gateway.stats().activeStreams === 5);
    for (const key of ["t.echo.i0", "t.echo.i1", "t.echo.i2", "t.echo.i3", "t.echo.i4"])
      expect(await rig.gateway.execute(key, { payload: key })).toMatchObject({ success: true });
    expect(rig.gateway.stats().overlappingStreams).toBe(0);
  });

  it("leaves a paused registration paused, and still resumes it when asked", async () => {
    const rig = await supervised(2, { partition: failingPartition });
    rig.supervisor.send({ type: "registration.pause", key: "t.echo.i0" });
    await eventually(() => rig.counts().paused === 1);
    rig.supervisor.send({ type: "registration.retryNow", key: "t.echo.i1" });
    await eventually(() => rig.counts().serving === 1);
    expect(rig.counts()).toMatchObject({ serving: 1, paused: 1 });
    rig.supervisor.send({ type: "registration.resume", key: "t.echo.i0" });
    await eventually(() => rig.counts().serving === 2);
  });

  it("has removed one that was to be removed when it failed over that one's end", async () => {
    const failsAtAnEnd = partitionMachine.provide({
      actions: {
        letGo: () => {
          throw new Error("fails over an end");
        },
      },
    });
    const rig = await supervised(2, { partition: failsAtAnEnd });
    rig.supervisor.send({ type: "registration.remove", key: "t.echo.i0" });
    await eventually(() => rig.counts().serving === 1);
    expect(rig.faults.map(String)).toEqual(["Error: fails over an end"]);
    expect(rig.ended).toEqual(["t.echo.i0 removed"]);
    expect(rig.counts()).toEqual({ ...noCounts, serving: 1 });
    await eventually(() => rig.gateway.stats().activeStreams === 1);
  });

  it("parks its registrations when it fails again and again, and starts one that is restarted by hand", async () => {
    const rig = await supervised(3, { partition: failingPartition });
    for (let i = 0; i < 4; i += 1) {
      rig.supervisor.send({ type: "registration.retryNow", key: "t.echo.i0" });
      await eventually(() => rig.counts().serving === 3 || rig.counts().parked === 2);
    }
    expect(rig.counts()).toMatchObject({ serving: 1, parked: 2 });
    expect(rig.failed).toEqual(["t.echo.i0 parked", "t.echo.i1 parked"]);
    await eventually(() => rig.gateway.stats().activeStreams === 1);
    rig.supervisor.send({ type: "registration.restart", key: "t.echo.i0" });
    await eventually(() => rig.counts().serving === 2);
  });

  it("still lets a drain come to its end when it fails during the drain", async () => {
    const failsOnCancel = partitionMachine.provide({
      actions: {
        retryNow: () => {
          throw new Error("fails while draining");
        },
      },
    });
    const rig = await supervised(3, { partition: failsOnCancel });
    rig.supervisor.send({ type: "drain", deadlineMs: 60_000 });
    rig.supervisor.send({ type: "registration.retryNow", key: "t.echo.i0" });
    await eventually(() => rig.supervisor.getSnapshot().status === "done");
    expect(rig.counts()).toMatchObject({ stopped: 3, serving: 0 });
  });
});

describe("a registration that fails with its stream open", () => {
  it("leaves no second stream behind", async () => {
    const failing = registrationMachine.provide({
      actions: {
        note: (_, { code }) => {
          if (code === "credentials-ignored") throw new Error("the registration fails");
        },
      },
    });
    const rig = await supervised(2, { registration: failing });
    const before = rig.actor("t.echo.i0");
    before?.send({
      type: "stream.credentialsIssued",
      streamAttempt: before.getSnapshot().context.streamAttempt,
      offerId: null,
      addressee: "other",
    });
    await eventually(() => rig.failed.length === 1 && rig.counts().serving === 2);
    expect(rig.actor("t.echo.i0")).not.toBe(before);
    await eventually(() => rig.gateway.stats().activeStreams === 2);
    expect(await rig.gateway.execute("t.echo.i0", { payload: 1 })).toMatchObject({ success: true });
    expect(rig.gateway.stats().overlappingStreams).toBe(0);
  });
});
