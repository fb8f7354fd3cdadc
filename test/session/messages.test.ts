import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { noWork } from "../../src/execution/work-counters.js";
import {
  ConnectorBehavior,
  ConnectorScope,
  PayloadEncoding,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { Secret } from "../../src/secret.js";
import { metricsReport, RoundTrips } from "../../src/session/metrics-report.js";
import { registerMessage } from "../../src/session/register-message.js";
import { Ticker } from "../../src/session/ticker.js";
import { echo } from "../support/connectors.js";

const identity = { tenantId: "t-1", connectorType: "e-cho", instanceId: "i-1" };
const connector = {
  ...echo,
  connectorType: "e.cho",
  version: "2.1.0",
  metadata: { vendor: "v" },
  taskTypes: [{ taskTypeId: "a", name: "a", description: "does a" }],
};
const none = { tags: [], metadata: {} };
const plain = { kind: "gRPC", tls: false };

function register(tokens = {}, label: Parameters<typeof registerMessage>[2] = none, transport = plain) {
  const all = { jwt: new Secret(""), sessionToken: new Secret(""), source: "anonymous" as const, ...tokens };
  // As the gateway reads it: parts of it are encoded already.
  const sent = toBinary(StreamMessageSchema, registerMessage(identity, connector, label, all, transport));
  const { message } = fromBinary(StreamMessageSchema, sent);
  if (message.case !== "registerRequest") throw new Error("not a register request");
  return message.value;
}

describe("the register request", () => {
  it("[C14 #11 #15] [C16 #13 #20] carries the sanitized identity, and the connector's own type and version", () => {
    expect(register()).toMatchObject({
      tenantId: "t-1",
      connectorType: "e-cho",
      instanceId: "i-1",
      scope: 0,
      capabilities: {
        connectorType: "e.cho",
        version: "2.1.0",
        behaviors: [ConnectorBehavior.REQUEST_RESPONSE],
        supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
        metadata: { vendor: "v" },
        taskTypes: [
          {
            taskTypeId: "a",
            name: "a",
            description: "does a",
            category: "",
            icon: "",
            inputSchemaJson: "{}",
            outputSchemaJson: "{}",
          },
        ],
      },
    });
  });

  it.each([
    [{ jwt: new Secret("j") }, { jwtToken: "j", sessionToken: "" }],
    [{ sessionToken: new Secret("s") }, { jwtToken: "", sessionToken: "s" }],
    [
      { jwt: new Secret("j"), sessionToken: new Secret("s") },
      { jwtToken: "j", sessionToken: "s" },
    ],
    [{}, { jwtToken: "", sessionToken: "" }],
  ])("[C14 #15] [C16 #11] carries the tokens %o", (tokens, fields) => {
    expect(register(tokens)).toMatchObject(fields);
  });

  it("[C14 #4] [C16 #2 #3 #12] [A16 #69] carries display name and tags; the name defaults to the instance id", () => {
    expect(register().instanceMetadata).toMatchObject({ displayName: "i-1", tags: [] });
    expect(
      register({}, { displayName: "The one", tags: ["a", "b"], metadata: {} }).instanceMetadata,
    ).toMatchObject({
      displayName: "The one",
      tags: ["a", "b"],
    });
  });

  it("carries the scope that was asked for, and else none", () => {
    expect(register().scope).toBe(ConnectorScope.UNSPECIFIED);
    expect(register({}, { ...none, scope: "tenant" }).scope).toBe(ConnectorScope.TENANT);
    expect(register({}, { ...none, scope: "global" }).scope).toBe(ConnectorScope.GLOBAL);
  });

  it("[C14 #4 #17] [C16 #4 #52 #53] [C17 #21] says what runs it, and lets the operator's own words win", () => {
    const facts = register().instanceMetadata?.metadata ?? {};
    expect(facts).toMatchObject({
      "sdk.language": "typescript",
      "sdk.transport": "gRPC",
      "sdk.tls": "false",
      "sdk.pid": String(process.pid),
      "sdk.node_version": process.versions.node,
    });
    for (const key of ["sdk.version", "sdk.os", "sdk.arch", "sdk.os_family", "sdk.debug"])
      expect(facts[key]).toBeTruthy();
    const own = register(
      {},
      { tags: [], metadata: { "sdk.version": "mine", site: "x" } },
      { kind: "gRPC", tls: true },
    );
    expect(own.instanceMetadata?.metadata).toEqual({
      ...facts,
      "sdk.version": "mine",
      site: "x",
      "sdk.tls": "true",
    });
    const beside = register({}, { tags: [], metadata: { site: "y" } });
    expect(beside.instanceMetadata?.metadata).toEqual({ ...facts, site: "y" });
  });

  it("has no field that nobody knows, and none of another connector", () => {
    const first = register();
    expect([first.$unknown, first.instanceMetadata?.$unknown]).toEqual([undefined, undefined]);
    const other = { ...connector, connectorType: "other", metadata: {} };
    const tokens = { jwt: new Secret("j"), sessionToken: new Secret(""), source: "explicit" as const };
    const sent = toBinary(StreamMessageSchema, registerMessage(identity, other, none, tokens, plain));
    const { message } = fromBinary(StreamMessageSchema, sent);
    expect(message.value).toMatchObject({
      jwtToken: "j",
      capabilities: { connectorType: "other", metadata: {} },
    });
    expect(register()).toEqual(first);
  });
});

function report(work = {}, roundTrips = new RoundTrips()) {
  const made = metricsReport({
    arn: "matrix:t:c:i",
    now: 5_000.7,
    uptimeMs: 1_500,
    work: { ...noWork(), ...work },
    connection: { reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 },
    roundTrips,
  });
  if (made?.message.case !== "metricsReport") throw new Error("not a report");
  return made.message.value;
}

describe("the metrics report", () => {
  it("[C16 #18] averages over successful requests; 0 without any", () => {
    expect(report()).toMatchObject({
      avgLatencyMs: 0,
      timestampMs: 5_000n,
      uptimeSeconds: 1.5,
      lastRequestAtMs: 0n,
    });
    expect(report({ requests_processed: 4, requests_failed: 9, total_duration_ms: 10.5 })).toMatchObject({
      avgLatencyMs: 2.625,
      totalDurationMs: 10.5,
      requestsFailed: 9n,
    });
  });

  it("[C14 #31] [C16 #19 #51] has figures of the machine and the process under sdk. names, the same each time", () => {
    const { customMetrics } = report();
    const names = Object.keys(customMetrics);
    expect(names.every((name) => name.startsWith("sdk."))).toBe(true);
    for (const name of ["sdk.system_total_memory_bytes", "sdk.system_cpu_count", "sdk.process_memory_bytes"])
      expect(customMetrics[name]).toBeGreaterThan(0);
    expect(customMetrics["sdk.system_used_memory_bytes"]).toBeLessThanOrEqual(
      customMetrics["sdk.system_total_memory_bytes"]!,
    );
    expect(Object.keys(report().customMetrics)).toEqual(names);
  });

  it("[C14 #24] [C16 #17 #19] has heartbeat figures only once there are some", () => {
    expect(Object.keys(report().customMetrics).filter((name) => name.includes("heartbeat"))).toEqual([]);
    const trips = new RoundTrips();
    for (const ms of [30, 10, 20]) trips.add(ms);
    expect(report({}, trips).customMetrics).toMatchObject({
      "sdk.heartbeat_rtt_avg_ms": 20,
      "sdk.heartbeat_rtt_last_ms": 20,
      "sdk.heartbeat_rtt_min_ms": 10,
      "sdk.heartbeat_rtt_max_ms": 30,
      "sdk.heartbeat_rtt_count": 3,
    });
  });
});

describe("the ticker", () => {
  /** Returns how to leave. */
  function join(ticker: Ticker, tick: () => void, first?: "this round"): () => void {
    const member = { tick };
    const seat = ticker.join(member, first);
    return () => ticker.leave(member, seat);
  }

  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("acts for each member once an interval, not for all at once, with one timer", () => {
    const ticker = new Ticker(6_400);
    const acts = new Map<number, number[]>();
    const leave = Array.from({ length: 640 }, (_, i) =>
      join(ticker, () => void acts.set(i, [...(acts.get(i) ?? []), Date.now()])),
    );
    expect(vi.getTimerCount()).toBe(1);
    const begun = Date.now();
    vi.advanceTimersByTime(3 * 6_400);
    const together = new Map<number, number>();
    for (const times of acts.values()) {
      const [first = 0, second = 0] = times;
      expect(first - begun).toBeGreaterThanOrEqual(6_400);
      expect(first - begun).toBeLessThan(2 * 6_400);
      expect(second - first).toBe(6_400);
      together.set(first, (together.get(first) ?? 0) + 1);
    }
    expect(acts.size).toBe(640);
    // 320 steps of 20 ms.
    expect(Math.max(...together.values())).toBeLessThanOrEqual(3);
    for (const one of leave) one();
  });

  it("stops with its last member, and starts again for a new one", () => {
    const ticker = new Ticker(64);
    const act = vi.fn();
    const leave = join(ticker, act);
    leave();
    leave();
    expect(vi.getTimerCount()).toBe(0);
    const again = join(ticker, act);
    vi.advanceTimersByTime(128);
    expect(act).toHaveBeenCalled();
    again();
  });

  it("acts for a member that cannot wait within the round that runs, each at another moment", () => {
    const ticker = new Ticker(30_000);
    const begun = Date.now();
    const first = new Map<number, number>();
    const leave = Array.from({ length: 2_000 }, (_, i) =>
      join(ticker, () => void first.set(i, first.get(i) ?? Date.now() - begun), "this round"),
    );
    vi.advanceTimersByTime(30_000);
    expect(first.size).toBe(2_000);
    const sorted = [...first.values()].sort((a, b) => a - b);
    expect([500, 1_000, 1_500].map((i) => Math.round((sorted[i] ?? 0) / 1_000))).toEqual([8, 15, 23]);
    for (const one of leave) one();
  });

  it("keeps to the clock when the event loop is late, and acts once for what a long block has missed", () => {
    let now = 0;
    const ticker = new Ticker(1_000, () => now);
    const acts: number[] = [];
    const leave = join(ticker, () => acts.push(now), "this round");
    const fire = (at: number) => {
      now = at;
      vi.advanceTimersToNextTimer();
    };
    // Each firing of the timer of 20 ms comes 130 ms late.
    for (let at = 150; at <= 3_000; at += 150) fire(at);
    expect(acts).toHaveLength(3);
    fire(60_000);
    expect(acts).toHaveLength(4);
    leave();
  });

  it("[C17 #22] never acts with an interval of 0", () => {
    const ticker = new Ticker(0);
    join(ticker, () => {
      throw new Error("acted");
    })();
    expect(vi.getTimerCount()).toBe(0);
  });
});
