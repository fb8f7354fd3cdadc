import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { echo, gated } from "../support/connectors.js";
import { neverMs } from "../support/never.js";
import { onlyOverGrpc } from "../support/transports.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const instance = (i: number) => ({
  tenantId: "demo-org",
  instanceId: `inst-${String(i).padStart(4, "0")}`,
  connector: echo,
});
const first = "demo-org.echo_test.inst-0000";

describe("registrations on a shared channel", () => {
  it("[C14 #75 #76] [C16 #66] [T12.1 G1] puts five registrations on one connection and stops cleanly", async () => {
    await using bench = await startTestBench({
      registrations: [0, 1, 2, 3, 4].map(instance),
      runtime: { reconnect: false, backoff: { baseMs: 100, maxMs: 1_000, jitterMs: 100 } },
    });
    const { accepted, connectionsAccepted, streamsOpened } = bench.gateway.stats();
    expect({ accepted, connectionsAccepted, streamsOpened }).toEqual({
      accepted: 5,
      connectionsAccepted: 1,
      streamsOpened: 5,
    });
    const report = await bench.runtime.drain({ deadlineMs: 60_000 });
    expect(report).toEqual({ finished: 0, handedBack: 0, cancelled: 0, lost: [], forced: false });
  });

  it("[C14 #78] [C16 #66] [C17 #2 #16] [T12.1 G2] reconnects after the gateway closes the stream, and counts it", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    gateway.fault({ closeAfterRegister: 1 });
    await using runtime = createRuntime({
      url: gateway.url,
      backoff: { baseMs: 50, maxMs: 500, jitterMs: 0 },
      env: {},
    });
    runtime.add(instance(0));
    await runtime.start();
    const status = await untilStatus(runtime, first, (one) => one.counters.successful_reconnects >= 1);
    expect(gateway.stats().accepted).toBe(2);
    expect(status.counters).toMatchObject({
      total_disconnects: 1,
      successful_reconnects: 1,
      reconnection_attempts: 1,
      last_disconnect_reason: "server-closed",
      current_backoff_ms: 0,
    });
    await runtime.close();
    await gateway.close();
  });

  it("[C16 #66] [C17 #1] [T12.1 G3] ends by itself, with the reason, when reconnecting is off", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    gateway.fault({ closeAfterRegister: 1 });
    const runtime = createRuntime({ url: gateway.url, reconnect: false, env: {} });
    runtime.add(instance(0));
    await runtime.start();
    expect(await runtime.closed).toEqual({
      registrations: [{ key: first, reason: "failed", cause: "server-closed", code: null }],
      faults: [],
    });
    expect(gateway.stats().registerRequests).toBe(1);
    await gateway.close();
  });

  it("[C16 #66] [T12.1 G4] tries again after a refused register", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    gateway.fault({ failRegister: 1 });
    await using runtime = createRuntime({
      url: gateway.url,
      backoff: { baseMs: 50, maxMs: 500, jitterMs: 0 },
      env: {},
    });
    runtime.add(instance(0));
    const report = await runtime.start();
    expect(report.ready).toEqual([first]);
    expect(gateway.stats().registerRequests).toBe(2);
    expect(runtime.status().registrations[0]?.counters.reconnection_attempts).toBe(1);
    await runtime.close();
    await gateway.close();
  });

  it("[C14 #25] [C16 #66] [T12.1 G5] runs no more handlers at once than allowed", async () => {
    const work = gated();
    const gateway = await startGateway({ approval: "automatic" });
    gateway.fault({ executeBurst: 10 });
    await using runtime = createRuntime({ url: gateway.url, maxConcurrentRequests: 2, env: {} });
    runtime.add({ tenantId: "demo-org", instanceId: "inst-0000", connector: work.connector });
    await runtime.start();
    await work.started(2);
    await eventually(() => runtime.status().registrations[0]?.work.queued === 8);
    expect(work.seen).toEqual({ started: 2, running: 2, peak: 2 });
    work.release();
    await gateway.until((one) => one.stats().answersReceived === 10, 60_000);
    expect(work.seen.peak).toBe(2);
    await runtime.close();
    await gateway.close();
  });

  it("[C16 #66] [T12.1 G6] stops at once while a gateway stalls the register answer", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    gateway.fault({ stallRegister: 1_000_000 });
    const runtime = createRuntime({ url: gateway.url, connectTimeoutMs: 60_000, reconnect: false, env: {} });
    runtime.add(instance(0));
    const started = runtime.start();
    await gateway.until((one) => one.stats().registerRequests === 1, 60_000);
    await runtime.close();
    expect((await started).failing.map((one) => one.key)).toEqual([first]);
    expect((await runtime.closed).registrations[0]?.reason).toBe("shutdown");
    await gateway.close();
  });

  it("[C16 #59 #66] [T12.1 G7] opens nothing when it is stopped before the start", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    const runtime = createRuntime({ url: gateway.url, env: {} });
    runtime.add(instance(0));
    await runtime.close();
    await runtime.closed;
    expect(gateway.stats()).toMatchObject({ registerRequests: 0, connectionsAccepted: 0 });
    await gateway.close();
  });

  it.skipIf(onlyOverGrpc("a socket has 512 places; test/acceptance/shared-socket.test.ts counts those"))(
    "opens exactly 5 connections for 400 registrations, all of which serve",
    async () => {
      const registrations = Array.from({ length: 400 }, (_, i) => instance(i));
      // On a busy machine this takes longer than the limit for one dial, which is not what is looked at here.
      await using bench = await startTestBench({ registrations, runtime: { connectTimeoutMs: 120_000 } });
      // To ask for the status of all, again and again, would be most of the work.
      await bench.gateway.until((one) => one.stats().accepted === 400, 100_000);
      await eventually(() => bench.runtime.status().ready);
      expect(bench.gateway.stats().connectionsAccepted).toBe(5);
      const keys = bench.gateway.registrations().map((one) => one.key);
      expect(keys).toHaveLength(400);
      const answers = await Promise.all(keys.map((key, n) => bench.gateway.execute(key, { payload: n })));
      expect(answers.map((answer) => answer.json())).toEqual(keys.map((_, n) => n));
      expect(bench.runtime.status().channels.map((channel) => channel.streams)).toEqual(
        Array.from({ length: 5 }, () => 80),
      );
    },
  );

  it("serves again after the waiting ends at once on retryNow", async () => {
    await using bench = await startTestBench({
      registrations: [instance(0)],
      runtime: { backoff: { baseMs: neverMs, maxMs: neverMs, jitterMs: 0 }, stableUptimeMs: neverMs },
    });
    const registration = bench.runtime.add(instance(1));
    await untilStatus(bench.runtime, registration.key, serving);
    bench.gateway.disturb("close");
    const waiting = await untilStatus(bench.runtime, registration.key, (one) => one.state === "backoff");
    expect(waiting.nextAction.at).toBeGreaterThan(Date.now() + 3_000_000);
    registration.retryNow();
    await untilStatus(bench.runtime, registration.key, serving);
  });
});
