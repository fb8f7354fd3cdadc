import { createRuntime, MooringError } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { resolveSettings } from "../../src/runtime/options.js";
import { defaultTransport } from "../../src/transport/default.js";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";

const env = {};
const one = (instanceId: string) => ({ tenantId: "t", instanceId, connector: echo });

function codeOf(act: () => unknown): { code: string; message: string } {
  try {
    act();
  } catch (error) {
    if (error instanceof MooringError) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("It did not throw.");
}

describe("runtime options", () => {
  it("[C14 #1] [C16 #57] [T12.4 #1 #3 #6] has the documented defaults", () => {
    const settings = resolveSettings({ env });
    expect(settings).toMatchObject({
      endpoint: { authority: "localhost:50061", tls: false, transport: "gRPC" },
      transport: defaultTransport,
      maxStreamsPerChannel: 80,
      connectTimeoutMs: 10_000,
      reconnect: true,
      backoff: { baseMs: 500, maxMs: 60_000, jitterMs: 500 },
      heartbeat: { intervalMs: 30_000, timeoutMs: 45_000, suspectMs: 5_000 },
      maxConcurrentRequests: 100,
      metricsIntervalMs: 30_000,
      tls: {},
    });
  });

  it("[C14 #6] [C16 #1 #57] [T12.4 #2 #4] takes a heartbeat pair, and refuses a timeout that is not above the interval", () => {
    const heartbeat = { intervalMs: 5_000, timeoutMs: 15_000 };
    expect(resolveSettings({ env, heartbeat }).heartbeat).toMatchObject(heartbeat);
    expect(resolveSettings({ env, heartbeat: { intervalMs: 30_000 } }).heartbeat.timeoutMs).toBe(45_000);
    const refused = codeOf(() =>
      createRuntime({ env, heartbeat: { intervalMs: 30_000, timeoutMs: 10_000 } }),
    );
    expect(refused.code).toBe("INVALID_CONFIG");
    expect(refused.message).toContain(
      "heartbeat.timeoutMs (10000) must be above heartbeat.intervalMs (30000)",
    );
    const late = codeOf(() => createRuntime({ env, heartbeat: { suspectMs: 20_000 } }));
    expect(late.code).toBe("INVALID_CONFIG");
    expect(late.message).toContain("heartbeat.suspectMs (20000) must be at most");
  });

  it("[C14 #88] [C16 #57] [T12.4 #5 #7 #8 #9] takes overrides, TLS ones together too", () => {
    const settings = resolveSettings({
      env,
      url: "grpcs://h:1",
      maxStreamsPerChannel: 42,
      tls: { ca: "PEM", insecure: true },
    });
    expect(settings).toMatchObject({
      endpoint: { authority: "h:1", tls: true },
      maxStreamsPerChannel: 42,
      tls: { ca: "PEM", insecure: true },
    });
    expect(resolveSettings({ env, tls: { ca: "PEM" } }).tls).toEqual({ ca: "PEM" });
    expect(resolveSettings({ env, tls: { insecure: true } }).tls).toEqual({ insecure: true });
  });

  it("[C14 #2 #88] [C17 #14] [A16 #96] prefers an option to the environment, and the environment to the default; blank counts as unset", () => {
    const host = (options: object) => resolveSettings({ ...options }).endpoint.authority;
    expect(
      host({ env: { STRIKE48_URL: "grpc://a:1", MATRIX_HOST: "grpc://b:2", STRIKE48_HOST: "grpc://c:3" } }),
    ).toBe("a:1");
    expect(host({ env: { STRIKE48_URL: " ", MATRIX_HOST: "grpc://b:2", STRIKE48_HOST: "grpc://c:3" } })).toBe(
      "b:2",
    );
    expect(host({ env: { STRIKE48_HOST: "grpc://c:3" } })).toBe("c:3");
    expect(host({ url: "grpc://d:4", env: { STRIKE48_URL: "grpc://a:1" } })).toBe("d:4");
    expect(resolveSettings({ env: { MATRIX_TLS_INSECURE: "TRUE" } }).tls).toEqual({ insecure: true });
    expect(resolveSettings({ env: { MATRIX_TLS_CA_CERT: "/ca.pem" } }).tls).toEqual({ caFile: "/ca.pem" });
    expect(resolveSettings({ env: { STRIKE48_METRICS_ENABLED: "0" } }).metricsIntervalMs).toBe(0);
    expect(resolveSettings({ env: { STRIKE48_METRICS_INTERVAL_MS: "500" } }).metricsIntervalMs).toBe(500);
    expect(resolveSettings({ env: { STRIKE48_METRICS_INTERVAL_MS: "0" } }).metricsIntervalMs).toBe(0);
  });

  it.each([
    ["ftp://host:1", "url is no address of a gateway: ftp://host:1"],
    ["grpc://host:70000", "url has no valid port: 70000"],
    ["grpc://host:x", "url has no valid port: x"],
    ["wss://host:0", "url has no valid port: 0"],
  ])("refuses the address %s with a clear error", (url, text) => {
    const refused = codeOf(() => createRuntime({ url, env }));
    expect(refused.code).toBe("INVALID_CONFIG");
    expect(refused.message).toContain(text);
  });

  it.each([
    [{ maxStreamsPerChannel: 0 }, "maxStreamsPerChannel must be a number from 1"],
    [
      { transport: "carrier" as never },
      'transport must be one of h2, lean, connect, grpc-js, websocket, auto; got "carrier"',
    ],
    [{ transport: "websocket" as const }, "transport is websocket, which speaks WebSocket, but without url"],
    [{ env: { MOORING_TRANSPORT: "http" } }, "MOORING_TRANSPORT must be one of"],
    [{ connectTimeoutMs: 0 }, "connectTimeoutMs must be a number from 1"],
    [{ connectTimeoutMs: -1 }, "connectTimeoutMs must be a number from 1"],
    [{ requestTimeoutMs: Number.NaN }, "requestTimeoutMs must be a number from 1"],
    [{ backoff: { maxMs: 2 ** 31 } }, "backoff.maxMs must be a number from 0 to 2147483647"],
    [{ maxConcurrentRequests: 0 }, "maxConcurrentRequests must be a number from 1"],
  ])("[C14 #7] [C17 #22] [T12.5 #20] refuses %o, naming the option", (options, text) => {
    expect(codeOf(() => createRuntime({ env, ...options })).message).toContain(text);
  });
});

describe("registrations of a runtime", () => {
  it("[C16 #58] [T12.4 #10] prints a key as tenant.type.instance", () => {
    expect(createRuntime({ env }).add({ ...one("i"), tenantId: "t" }).key).toBe("t.echo_test.i");
  });

  it("[C16 #58] [C17 #20] [T12.4 #11 #12 #14] refuses a duplicate of the sanitized triple, naming it", () => {
    const runtime = createRuntime({ env });
    runtime.add(one("a.b"));
    const refused = codeOf(() => runtime.add(one("a-b")));
    expect(refused.code).toBe("INVALID_CONFIG");
    expect(refused.message).toContain("duplicate registration: t.echo_test.a-b");
    runtime.add(one("c"));
    expect(runtime.status().registrations.map((status) => status.key)).toEqual([
      "t.echo_test.a-b",
      "t.echo_test.c",
    ]);
  });

  it("refuses an empty tenant or instance, naming the field", () => {
    const runtime = createRuntime({ env });
    expect(codeOf(() => runtime.add({ tenantId: "", instanceId: "i", connector: echo })).message).toContain(
      "tenantId is required",
    );
    expect(codeOf(() => runtime.add({ tenantId: "t", connector: echo })).message).toContain(
      "instanceId is required",
    );
    expect(codeOf(() => runtime.add({ instanceId: "i", connector: null as never })).message).toContain(
      "connector must be",
    );
  });

  it("[C16 #58] [T12.4 #13] adds while running", async () => {
    await using bench = await startTestBench({ registrations: [one("a")] });
    const added = bench.runtime.add(one("b"));
    await untilStatus(bench.runtime, added.key, serving);
    expect((await bench.gateway.execute(added.key, { payload: 1 })).json()).toBe(1);
  });

  it("[C14 #28] [C16 #59] [T12.4 #15 #16 #17 #18] starts and stops with nothing to do", async () => {
    const runtime = createRuntime({ url: "127.0.0.1:1", env });
    expect(await runtime.start()).toEqual({ ready: [], pendingApproval: [], failing: [], timedOut: false });
    expect(runtime.status().ready).toBe(false);
    await runtime.close();
    await runtime.close();
    expect(runtime.status().phase).toBe("stopped");
    expect(await runtime.closed).toEqual({ registrations: [], faults: [] });
    expect(codeOf(() => runtime.add(one("late"))).code).toBe("NOT_RUNNING");
  });

  it("[C16 #59] [T12.4 #19] with reconnect off, a gateway out of reach ends the runtime with its reason", async () => {
    const runtime = createRuntime({ url: "127.0.0.1:1", reconnect: false, env });
    runtime.add(one("a"));
    await runtime.start();
    expect((await runtime.closed).registrations).toEqual([
      { key: "t.echo_test.a", reason: "failed", cause: "unreachable", code: "ECONNREFUSED" },
    ]);
  });

  it("[C16 #58] [T12.4 #20] loses no registration in 200 rounds of adding while closing", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    for (let round = 0; round < 200; round += 1) {
      const runtime = createRuntime({ url: gateway.url, metricsIntervalMs: 0, env });
      runtime.add(one("first"));
      void runtime.start();
      if (round % 2 === 0) await Promise.resolve();
      const closing = round % 3 === 0 ? runtime.drain({ deadlineMs: 100 }) : runtime.close();
      let accepted = true;
      try {
        runtime.add(one("second"));
      } catch (error) {
        expect(error).toMatchObject({ code: "NOT_RUNNING" });
        accepted = false;
      }
      await closing;
      const { registrations } = await runtime.closed;
      expect(registrations.map(({ key }) => key)).toEqual(
        accepted ? ["t.echo_test.first", "t.echo_test.second"] : ["t.echo_test.first"],
      );
    }
    await gateway.close();
  });

  it("[T12.4 #21] starting twice is one start", async () => {
    await using bench = await startTestBench({ registrations: [one("a")] });
    expect((await bench.runtime.start()).ready).toEqual(["t.echo_test.a"]);
    expect(bench.gateway.stats().streamsOpened).toBe(1);
  });

  it("takes commands for registrations whose turn to start has not come yet", async () => {
    const names = Array.from({ length: 100 }, (_, i) => `i${i}`);
    await using bench = await startTestBench({ registrations: [] });
    const { runtime, gateway } = bench;
    for (const name of names) runtime.add(one(name));
    const last = runtime.registration("t.echo_test.i99");
    const gone = runtime.registration("t.echo_test.i98");
    last.pause();
    await gone.remove();
    expect(last.status().state).toBe("paused");
    await untilStatus(runtime, "t.echo_test.i97", serving);
    last.resume();
    await untilStatus(runtime, last.key, serving);
    expect(runtime.status().registrations).toHaveLength(99);
    expect(gateway.stats().overlappingStreams).toBe(0);
  });

  it("does not count as ended before the last registration had its turn", async () => {
    const runtime = createRuntime({ url: "127.0.0.1:1", reconnect: false, metricsIntervalMs: 0, env });
    for (let i = 0; i < 200; i += 1) runtime.add(one(`i${i}`));
    const report = await runtime.start();
    const { registrations } = await runtime.closed;
    expect(report.failing).toHaveLength(200);
    expect(registrations.filter(({ cause }) => cause === "unreachable")).toHaveLength(200);
  });

  it("closes what has not had its turn yet", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    const runtime = createRuntime({ url: gateway.url, metricsIntervalMs: 0, env });
    for (let i = 0; i < 200; i += 1) runtime.add(one(`i${i}`));
    void runtime.start();
    await runtime.close();
    const { registrations } = await runtime.closed;
    expect(registrations.filter(({ reason }) => reason === "shutdown")).toHaveLength(200);
    await gateway.close();
  });

  it("pauses, resumes, restarts and removes one registration, and leaves the other alone", async () => {
    await using bench = await startTestBench({ registrations: [one("a"), one("b")] });
    const { runtime, gateway } = bench;
    const a = runtime.registration("t.echo_test.a");
    a.pause();
    expect(await untilStatus(runtime, a.key, (s) => s.state === "paused")).toMatchObject({ ready: false });
    expect(runtime.status().ready).toBe(false);
    a.resume();
    await untilStatus(runtime, a.key, serving);
    a.restart();
    const again = await untilStatus(runtime, a.key, (s) => s.ready && s.counters.successful_reconnects === 2);
    expect(again.hasSessionToken).toBe(true);
    await a.remove();
    expect(runtime.status().registrations.map((s) => [s.key, s.ready])).toEqual([["t.echo_test.b", true]]);
    expect(runtime.status().ready).toBe(true);
    runtime.add(one("a"));
    await untilStatus(runtime, a.key, serving);
    expect(gateway.stats().overlappingStreams).toBe(0);
    expect(runtime.registration("t.echo_test.b").status().counters.total_disconnects).toBe(0);
  });

  it("resolves start at its limit, and says which registration is not ready and why", async () => {
    const runtime = createRuntime({ url: "127.0.0.1:1", env });
    runtime.add(one("a"));
    const report = await runtime.start({ timeoutMs: 100 });
    expect(report).toMatchObject({
      ready: [],
      timedOut: true,
      failing: [{ key: "t.echo_test.a", cause: "unreachable", code: "ECONNREFUSED" }],
    });
    expect(report.failing[0]?.explanation).toContain("Check url (STRIKE48_URL)");
    await runtime.close();
  });

  it("throws a clear error for a key it does not know", () => {
    expect(codeOf(() => createRuntime({ env }).explain("x.y.z")).message).toContain(
      'no registration "x.y.z"',
    );
  });

  it("ends every reader of changes when it closes", async () => {
    const runtime = createRuntime({ env });
    const reading = (async () => {
      for await (const _change of runtime.changes()) throw new Error("Nothing changes here.");
    })();
    await runtime.close();
    await reading;
    await expect(runtime.changes().next()).resolves.toEqual({ value: undefined, done: true });
  });
});
