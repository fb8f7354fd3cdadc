import { createRuntime, type Runtime, requestResponseConnector } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { echo, gated } from "../support/connectors.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { isOverWebSocket, onlyOverGrpc, urlBefore } from "../support/transports.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const one = { tenantId: "t", instanceId: "one", connector: echo };
const key = "t.echo_test.one";

/** Every registration has lost its stream and serves again. */
async function untilAllBack(
  gateway: Gateway,
  runtime: Runtime,
  count: number,
  acceptedBefore: number,
): Promise<void> {
  await gateway.until((g) => g.stats().accepted >= acceptedBefore + count, 100_000);
  await eventually(() => runtime.status().ready);
}

describe("recovery", () => {
  it("loses and doubles nothing when the gateway is killed and restarted under load", async () => {
    let handled = 0;
    const worker = requestResponseConnector({
      type: "worker",
      version: "1.0.0",
      // Some requests are under way whenever the gateway dies.
      execute: async (request) => {
        await new Promise((resolve) => setImmediate(resolve));
        handled += 1;
        return request.json();
      },
    });
    const registrations = Array.from({ length: 20 }, (_, i) => ({
      tenantId: "t",
      instanceId: `w${i}`,
      connector: worker,
    }));
    await using bench = await startTestBench({ registrations });
    const { gateway, runtime } = bench;
    const keys = gateway.registrations().map((registration) => registration.key);
    const answers = new Map<number, number>();
    let next = 0;
    let over = false;
    const callers = keys.flatMap((target) =>
      Array.from({ length: 4 }, async () => {
        while (!over) {
          next += 1;
          const n = next;
          const answer = await gateway.execute(target, { payload: n });
          expect(answer.json()).toBe(n);
          answers.set(n, (answers.get(n) ?? 0) + 1);
        }
      }),
    );
    for (let round = 0; round < 3; round += 1) {
      const target = answers.size + 300;
      await eventually(() => answers.size >= target);
      const { accepted } = gateway.stats();
      await gateway.restart({ politely: round === 1 });
      await untilAllBack(gateway, runtime, keys.length, accepted);
    }
    over = true;
    await Promise.all(callers);
    expect([...answers.values()].every((times) => times === 1)).toBe(true);
    expect(answers.size).toBe(next);
    const { unknownAnswers, overlappingStreams } = gateway.stats();
    expect({ unknownAnswers, overlappingStreams }).toEqual({ unknownAnswers: 0, overlappingStreams: 0 });
    expect(runtime.status().registrations.map((status) => status.counters.evicted)).toEqual(
      keys.map(() => 0),
    );
    expect(handled).toBeGreaterThanOrEqual(next);
  });

  it("hands over, on the next stream, the result of a handler that outlived its stream", async () => {
    const work = gated();
    await using bench = await startTestBench({ registrations: [{ ...one, connector: work.connector }] });
    const answer = bench.gateway.execute("t.gated.one", { payload: "kept" });
    await work.started(1);
    bench.gateway.disturb("cut");
    await untilStatus(bench.runtime, "t.gated.one", (status) => status.counters.total_disconnects === 1);
    work.release();
    expect((await answer).json()).toBe("kept");
    expect(work.seen.started).toBe(1);
  });

  it("[C17 #6] moves to a fresh stream when the gateway asks, without back-off and without overlap", async () => {
    await using bench = await startTestBench({
      registrations: [one],
      runtime: { heartbeat: { intervalMs: 20, timeoutMs: 60_000 } },
    });
    bench.gateway.fault({ shouldReconnect: 1 });
    const status = await untilStatus(
      bench.runtime,
      key,
      (s) => s.ready && s.counters.successful_reconnects === 1,
    );
    expect(status.counters.current_backoff_ms).toBe(0);
    expect(bench.runtime.journal(key).map((entry) => entry.state)).not.toContain("backoff.transient");
    expect(bench.gateway.stats()).toMatchObject({ streamsOpened: 2, overlappingStreams: 0 });
  });

  it.skipIf(onlyOverGrpc("a Phoenix channel has no word that asks a connection back"))(
    "moves to a fresh connection on GOAWAY, finishing what runs first",
    async () => {
      const work = gated();
      await using bench = await startTestBench({ registrations: [{ ...one, connector: work.connector }] });
      const answer = bench.gateway.execute("t.gated.one", { payload: 7 });
      await work.started(1);
      bench.gateway.disturb("goaway");
      await untilStatus(bench.runtime, "t.gated.one", (s) => s.child === "moving");
      work.release();
      expect((await answer).json()).toBe(7);
      await untilStatus(
        bench.runtime,
        "t.gated.one",
        (s) => s.ready && s.counters.successful_reconnects === 1,
      );
      expect(bench.gateway.stats()).toMatchObject({ connectionsAccepted: 2, overlappingStreams: 0 });
    },
  );

  it("finds a stream that went deaf on a healthy link, and serves again", async () => {
    await using bench = await startTestBench({
      registrations: [one],
      runtime: { heartbeat: { intervalMs: 40, timeoutMs: 120, suspectMs: 20 } },
    });
    bench.gateway.fault({ deaf: true });
    const lost = await untilStatus(bench.runtime, key, (s) => s.cause === "heartbeat-timeout");
    expect(lost.counters.last_disconnect_reason).toBe("heartbeat-timeout");
    bench.gateway.fault({ deaf: false });
    await untilStatus(bench.runtime, key, serving);
  });

  it("survives RST_STREAM and counts it as a stream error", async () => {
    await using bench = await startTestBench({ registrations: [one] });
    bench.gateway.disturb("reset");
    const status = await untilStatus(
      bench.runtime,
      key,
      (s) => s.ready && s.counters.successful_reconnects === 1,
    );
    expect(status.counters.last_disconnect_reason).toBe("stream-error");
  });

  it("neither crashes nor hangs when the link goes silent 50 times with a ping and a retry in flight", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    const proxy = await TcpProxy.to(gateway.port);
    const runtime = createRuntime({
      url: urlBefore(gateway, proxy.port),
      connectTimeoutMs: 250,
      backoff: { baseMs: 5, maxMs: 10, jitterMs: 0 },
      ping: { intervalMs: 15, timeoutMs: 60 },
      strict: true,
      env: {},
    });
    runtime.add(one);
    await runtime.start();
    for (let round = 0; round < 50; round += 1) {
      proxy.freeze();
      await untilStatus(runtime, key, (s) => !s.ready);
      // A retry dials into the silence.
      await untilStatus(runtime, key, (s) => s.state === "connecting");
      proxy.thaw();
      await untilStatus(runtime, key, serving);
    }
    expect((await gateway.execute(key, { payload: "alive" })).json()).toBe("alive");
    await runtime.close();
    expect((await runtime.closed).faults).toEqual([]);
    await proxy.close();
    await gateway.close();
  });

  it("opens no connection beyond the needed when 400 registrations come back together", async () => {
    const registrations = Array.from({ length: 400 }, (_, i) => ({ ...one, instanceId: `s${i}` }));
    await using bench = await startTestBench({ registrations });
    expect(bench.gateway.stats().connectionsAccepted).toBe(isOverWebSocket ? 1 : 5);
    bench.gateway.disturb("close");
    await untilAllBack(bench.gateway, bench.runtime, 400, 400);
    // The streams were closed, the connections of gRPC were not; a socket ends with its last one.
    expect(bench.gateway.stats()).toMatchObject({
      connectionsAccepted: isOverWebSocket ? 2 : 5,
      overlappingStreams: 0,
    });
  });

  it("[C14 #28] [C16 #78] [C17 #5] drains: refuses new work, finishes what runs, and reports nothing lost", async () => {
    const work = gated();
    await using bench = await startTestBench({ registrations: [{ ...one, connector: work.connector }] });
    const running = bench.gateway.execute("t.gated.one", { payload: 1 });
    await work.started(1);
    const drained = bench.runtime.drain({ deadlineMs: 20_000 });
    await untilStatus(bench.runtime, "t.gated.one", (s) => s.child === "draining");
    expect(work.contexts[0]?.draining.aborted).toBe(true);
    expect(work.contexts[0]?.signal.aborted).toBe(false);
    const refused = await bench.gateway.execute("t.gated.one", { payload: 2 });
    expect(refused).toMatchObject({ success: false });
    expect(refused.error).toContain("shutting down");
    work.release();
    expect((await running).json()).toBe(1);
    expect(await drained).toEqual({ finished: 1, handedBack: 1, cancelled: 0, lost: [], forced: false });
  });

  it("drains with a deadline: cancels what does not finish and answers for it", async () => {
    const work = gated();
    await using bench = await startTestBench({ registrations: [{ ...one, connector: work.connector }] });
    const running = bench.gateway.execute("t.gated.one", { payload: 1 });
    await work.started(1);
    const report = await bench.runtime.drain({ deadlineMs: 5_000 });
    expect(await running).toMatchObject({ success: false });
    expect((await running).error).toContain("cancelled");
    expect(work.contexts[0]?.signal.aborted).toBe(true);
    expect(report).toMatchObject({ cancelled: 1, lost: [], forced: true });
    work.release();
  });

  it("hands results over during a drain that begins while the gateway is away", async () => {
    const work = gated();
    await using bench = await startTestBench({ registrations: [{ ...one, connector: work.connector }] });
    const answer = bench.gateway.execute("t.gated.one", { payload: "late" });
    await work.started(1);
    const restarted = bench.gateway.restart({ downMs: 200 });
    await untilStatus(bench.runtime, "t.gated.one", (s) => !s.ready);
    const drained = bench.runtime.drain({ deadlineMs: 20_000 });
    work.release();
    await restarted;
    expect((await answer).json()).toBe("late");
    expect(await drained).toMatchObject({ lost: [], cancelled: 0 });
  });
});
