/** Two processes of one identity, as in a rolling restart: the old one drains while the new one serves. */
import { type Connector, createRuntime, type Runtime } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { type TransportName, transportNames } from "../../src/transport/adapters.js";
import { echo, gated } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const key = "t.gated.one";
const count = 12;

const numbers = (from: number) => Array.from({ length: count }, (_, i) => from + i);

function runtimeOf(url: string, transport: TransportName, connector: Connector): Runtime {
  const runtime = createRuntime({
    url,
    transport,
    env: {},
    strict: true,
    maxConcurrentRequests: 100,
    backoff: { baseMs: 40, maxMs: 200, jitterMs: 0 },
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "one", connector });
  return runtime;
}

function processOf(url: string, transport: TransportName) {
  const work = gated();
  return { runtime: runtimeOf(url, transport, work.connector), work };
}

describe.each(transportNames)("a rolling restart over %s", (transport) => {
  async function rig() {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const [old, fresh] = [
      processOf(urlFor(gateway, transport), transport),
      processOf(urlFor(gateway, transport), transport),
    ];
    await old.runtime.start();
    await untilStatus(old.runtime, key, serving);
    const callers: Promise<unknown>[] = [];
    const settled: unknown[] = [];
    const call = (values: readonly number[]) => {
      for (const payload of values) {
        const answer = gateway.execute(key, { payload });
        callers.push(answer.then(({ success, error, json }) => settled.push(success ? json() : error)));
      }
    };
    const answers = async () => {
      await Promise.all(callers);
      return settled.map(Number).sort((a, b) => a - b);
    };
    return { gateway, old, fresh, call, answers };
  }

  it("refuses and loses nothing when the new process has taken over before the old one drains", async () => {
    const { gateway, old, fresh, call, answers } = await rig();
    call(numbers(0));
    await old.work.started(count);
    const displaced = untilStatus(old.runtime, key, ({ state }) => state === "backoff");
    void fresh.runtime.start();
    await displaced;
    const drained = old.runtime.drain({ deadlineMs: 30_000 });
    // What the old one runs and what comes now goes to the new one.
    call(numbers(count));
    await fresh.work.started(2 * count);
    await untilStatus(old.runtime, key, ({ child }) => child === "finishing");
    const before = gateway.stats().streamsOpened;
    await untilStatus(fresh.runtime, key, serving);
    expect(gateway.stats().streamsOpened).toBe(before);
    expect(old.runtime.explain(key)).toContain("another process serves the same t.gated.one");
    old.work.release();
    const report = await drained;
    expect(report).toMatchObject({ finished: count, cancelled: 0, lost: [], forced: false });
    fresh.work.release();
    expect(await answers()).toEqual([...numbers(0), ...numbers(count)]);
    await untilStatus(fresh.runtime, key, serving);
    expect(fresh.runtime.status().registrations[0]?.counters.requests_failed).toBe(0);
  });

  it("refuses and loses nothing when the old one drains while its stream is cut", async () => {
    const { gateway, old, fresh, call, answers } = await rig();
    call(numbers(0));
    await old.work.started(count);
    const cut = untilStatus(old.runtime, key, ({ state }) => state === "backoff");
    gateway.disturb("cut");
    await cut;
    const drained = old.runtime.drain({ deadlineMs: 30_000 });
    call(numbers(count));
    await untilStatus(old.runtime, key, ({ child }) => child === "finishing");
    old.work.release();
    const report = await drained;
    expect(report).toMatchObject({ finished: count, handedBack: count, lost: [], forced: false });
    void fresh.runtime.start();
    fresh.work.release();
    expect(await answers()).toEqual([...numbers(0), ...numbers(count)]);
    expect(fresh.work.seen.started).toBe(count);
    await eventually(() => fresh.runtime.status().ready);
    expect(gateway.stats()).toMatchObject({ overlappingStreams: 0, unknownAnswers: 0 });
  });

  it("ends at once under requests that never stop, and refuses none, when the new process comes after it", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const old = runtimeOf(urlFor(gateway, transport), transport, echo);
    await old.start();
    const errors: string[] = [];
    let phase: "going" | "over" = "going";
    const caller = async () => {
      for (let answered = 0; phase === "going" || answered < 20; answered += 1) {
        const { success, error } = await gateway.execute("t.echo_test.one", {
          payload: answered,
          timeoutMs: 90_000,
        });
        if (!success) errors.push(error);
      }
    };
    const callers = [caller(), caller(), caller()];
    await eventually(() => gateway.stats().answersReceived > 100);
    const report = await old.drain({ deadlineMs: 10_000 });
    expect(report).toMatchObject({ cancelled: 0, lost: [], forced: false });
    const fresh = runtimeOf(urlFor(gateway, transport), transport, echo);
    await fresh.start();
    phase = "over";
    await Promise.all(callers);
    expect(errors).toEqual([]);
  });
});
