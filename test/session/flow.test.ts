import { create } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SecretKeeper } from "../../src/credentials/credentials.js";
import type { ExecutionOptions } from "../../src/execution/execution.js";
import {
  ExecuteRequestSchema,
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  RegisterConnectorRequestSchema,
  RegisterConnectorResponseSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { Secret } from "../../src/secret.js";
import type { ControlEvent } from "../../src/session/control.js";
import { RoundTrips } from "../../src/session/metrics-report.js";
import { StreamSession } from "../../src/session/session.js";
import { Ticker } from "../../src/session/ticker.js";
import type { StreamSink, TransportStream } from "../../src/transport/transport.js";
import { doorsWithout, executionWith, request } from "../support/work-rig.js";

const of = (message: StreamMessage["message"]) => create(StreamMessageSchema, { message });
const execute = (requestId: string, value: unknown = requestId) =>
  of({
    case: "executeRequest",
    value: create(ExecuteRequestSchema, {
      requestId,
      payload: new TextEncoder().encode(JSON.stringify(value)),
      payloadEncoding: 1,
    }),
  });
const accepted = () =>
  of({
    case: "registerResponse",
    value: create(RegisterConnectorResponseSchema, {
      success: true,
      status: 2,
      connectorArn: "matrix:given:by:gateway",
    }),
  });
const pulse = of({ case: "heartbeatResponse", value: create(HeartbeatResponseSchema) });

const credentials: SecretKeeper = {
  keepSessionToken: () => {},
  recognized: () => {},
  dropSessionToken: () => {},
  deposit: () => "offer-1",
};

/** The other end of a stream: what it takes, with room or without. */
class Wire implements TransportStream {
  readonly sent: StreamMessage[] = [];
  readonly calls: string[] = [];
  readonly sink: StreamSink;
  bufferedBytes = 0;
  roomy = true;

  constructor(sink: StreamSink) {
    this.sink = sink;
  }
  send(message: StreamMessage): boolean {
    this.sent.push(message);
    return this.roomy;
  }
  pause(): void {
    this.calls.push("pause");
  }
  resume(): void {
    this.calls.push("resume");
  }
  halfClose(): void {
    this.calls.push("halfClose");
  }
  abort(): void {
    this.calls.push("abort");
    this.sink.ended({ by: "local", failure: { cause: "outbound-closed" } });
  }
  get answered(): readonly string[] {
    return this.sent.flatMap(({ message }) =>
      message.case === "executeResponse" ? [message.value.requestId] : [],
    );
  }
  last(kind: StreamMessage["message"]["case"]): StreamMessage["message"] | undefined {
    return this.sent.findLast(({ message }) => message.case === kind)?.message;
  }
}

function rig(options: Partial<ExecutionOptions> = {}, metricsIntervalMs = 0) {
  const { execution, clock } = executionWith((asked) => asked.json(), options);
  const ticker = new Ticker(metricsIntervalMs);
  const open = () => {
    const session = new StreamSession({
      identity: { tenantId: "t", connectorType: "c", instanceId: "i" },
      key: "t.c.i",
      credentials,
      execution,
      doors: doorsWithout(),
      registerMessage: ({ jwt }) =>
        of({
          case: "registerRequest",
          value: create(RegisterConnectorRequestSchema, { jwtToken: jwt.reveal() }),
        }),
      ticker,
      pulse: { ticker: new Ticker(0), suspectMs: 1 },
      connectionCounters: () => ({
        reconnection_attempts: 1,
        total_disconnects: 2,
        successful_reconnects: 3,
      }),
      roundTrips: new RoundTrips(),
      addedAt: -2_000,
      now: () => clock.now,
      wallClock: () => 1_000,
    });
    const wire = new Wire(session);
    const events: ControlEvent[] = [];
    return { session, wire, events };
  };
  const served = () => {
    const one = open();
    one.session.bind(one.wire);
    one.session.listen((event) => void one.events.push(event));
    one.session.message(accepted());
    one.session.serve();
    return one;
  };
  return { execution, clock, open, served };
}

const lost = {
  by: "link",
  failure: { cause: "connection-lost" },
} as const;

describe("work on a stream", () => {
  it("is answered before acceptance too, what is left of the last stream first", () => {
    const { open, served } = rig();
    const first = served();
    first.session.message(execute("old"));
    first.session.ended(lost);
    const second = open();
    second.session.bind(second.wire);
    second.session.message(execute("new"));
    expect(second.wire.answered).toEqual(["old", "new"]);
    second.session.serve();
    expect(second.wire.answered).toEqual(["old", "new"]);
  });

  it("is read no further while answers wait for room beyond half the outbox, and read again with room", () => {
    const { served } = rig({ outbox: { maxBytes: 4_000, maxAgeMs: 1_000 } });
    const { session, wire } = served();
    wire.roomy = false;
    for (const id of ["a", "b"]) session.message(execute(id, "x".repeat(900)));
    expect(wire.calls).toEqual(["pause"]);
    wire.roomy = true;
    session.writable();
    expect(wire.calls.at(-1)).toBe("resume");
    expect(wire.answered).toEqual(["a", "b"]);
  });

  it("makes no event, and no promise of the session's", () => {
    const { served } = rig();
    const { session, wire, events } = served();
    const made = vi.spyOn(Promise.prototype, "then");
    session.message(execute("a"));
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
    expect(wire.answered).toEqual(["a"]);
    expect(events.map(({ type }) => type)).toEqual(["stream.accepted"]);
  });

  it("has a probe of its own in flight only once, and again after its answer", () => {
    const { served } = rig();
    const { session, wire, events } = served();
    const probes = () => wire.sent.filter(({ message }) => message.case === "heartbeatRequest").length;
    for (let i = 0; i < 300; i += 1) session.message(execute(`a${i}`));
    expect(probes()).toBe(1);
    session.message(pulse);
    for (let i = 0; i < 300; i += 1) session.message(execute(`b${i}`));
    expect(probes()).toBe(2);
    expect(events.map(({ type }) => type)).toEqual(["stream.accepted"]);
  });

  it("keeps heartbeat answers in step: the machine hears of its own, the probe's stays inside", () => {
    const { served, execution } = rig();
    const { session, events } = served();
    session.heartbeat();
    for (let i = 0; i < 300; i += 1) session.message(execute(`a${i}`));
    session.message(pulse);
    expect(execution.unconfirmed).toBe(300);
    expect(events.at(-1)?.type).toBe("stream.heartbeatAnswered");
    session.message(pulse);
    expect(execution.unconfirmed).toBe(300 - 256);
    expect(events).toHaveLength(2);
  });
});

describe("control on a stream", () => {
  it("waits for its listener, but not without bound, and never loses the end", () => {
    const { open } = rig();
    const { session, events } = open();
    for (let i = 0; i < 100; i += 1) session.message(accepted());
    session.ended(lost);
    session.listen((event) => void events.push(event));
    expect(events).toHaveLength(65);
    expect(events.at(-1)).toEqual({
      type: "stream.ended",
      beforeAcceptance: false,
      failure: { cause: "connection-lost" },
    });
    expect(session.ignored).toEqual({ early: 36 });
  });

  it("tells that the peer drains and goes on working", () => {
    const { served } = rig();
    const { session, wire, events } = served();
    session.peerDraining();
    session.message(execute("a"));
    expect(events.at(-1)).toEqual({ type: "stream.peerDraining" });
    expect(wire.answered).toEqual(["a"]);
  });

  it("registers again on the same stream", () => {
    const { served } = rig();
    const { session, wire } = served();
    session.register({ jwt: new Secret("j"), sessionToken: new Secret(""), source: "saved" });
    expect(wire.last("registerRequest")).toMatchObject({ value: { jwtToken: "j" } });
  });

  it("says nothing after it was aborted", () => {
    const { served, execution } = rig();
    const { session, wire, events } = served();
    const before = events.length;
    session.abort();
    expect(wire.calls).toEqual(["abort"]);
    expect(events).toHaveLength(before);
    execution.dispatch(create(ExecuteRequestSchema, { requestId: "later" }));
    expect(wire.answered).toEqual([]);
  });
});

describe("time on a stream", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("finishing takes what comes until it is aborted: how long is the machine's to say", () => {
    const { served } = rig();
    const { session, wire } = served();
    session.finish();
    session.message(execute("a"));
    expect(wire.answered).toEqual(["a"]);
    session.abort();
    expect(wire.calls).toEqual(["halfClose", "abort"]);
  });

  it("finishing half-closes once, and the end is told once", () => {
    const { served } = rig();
    const { session, wire, events } = served();
    session.finish();
    session.finish();
    session.ended(lost);
    session.ended(lost);
    session.finish();
    expect(wire.calls).toEqual(["halfClose"]);
    expect(events.map(({ type }) => type)).toEqual(["stream.accepted", "stream.ended"]);
  });

  it("finishing is over when the peer closes", () => {
    const { served } = rig();
    const { session, wire } = served();
    session.finish();
    session.ended({ by: "local", failure: { cause: "server-closed" } });
    expect(vi.getTimerCount()).toBe(0);
    expect(wire.calls).toEqual(["halfClose"]);
  });

  it("[C14 #30] [C16 #5] [C17 #16] reports go out once per interval while it serves, under the address the gateway gave", () => {
    const { open } = rig({}, 6_400);
    const { session, wire } = open();
    session.bind(wire);
    session.message(accepted());
    vi.advanceTimersByTime(20_000);
    expect(wire.sent).toEqual([]);
    session.serve();
    session.message(execute("a"));
    vi.advanceTimersByTime(6_300);
    expect(wire.last("metricsReport")).toBeUndefined();
    vi.advanceTimersByTime(6_400);
    expect(wire.sent.filter(({ message }) => message.case === "metricsReport")).toHaveLength(1);
    expect(wire.last("metricsReport")).toMatchObject({
      value: {
        connectorArn: "matrix:given:by:gateway",
        timestampMs: 1_000n,
        requestsReceived: 1n,
        requestsProcessed: 1n,
        requestsFailed: 0n,
        bytesReceived: 3n,
        bytesSent: 3n,
        reconnectionAttempts: 1n,
        totalDisconnects: 2n,
        successfulReconnects: 3n,
        uptimeSeconds: 2,
        lastRequestAtMs: 1_000n,
      },
    });
    session.ended(lost);
    // No timer is left for a stream that is gone.
  });
});

describe("a gateway that asks and never reads", () => {
  const ask = of({ case: "heartbeatRequest", value: create(HeartbeatRequestSchema) });
  const countOf = (wire: Wire, kind: StreamMessage["message"]["case"]) =>
    wire.sent.filter(({ message }) => message.case === kind).length;

  it("has one heartbeat answer wait for room, for all that it asks meanwhile", () => {
    const { served } = rig();
    const { session, wire } = served();
    wire.roomy = false;
    for (let i = 0; i < 1_000; i += 1) session.message(ask);
    expect(countOf(wire, "heartbeatResponse")).toBe(1);
    expect(session.dropped).toEqual({ heartbeatResponse: 998 });
    wire.roomy = true;
    session.writable();
    expect(countOf(wire, "heartbeatResponse")).toBe(2);
    session.message(ask);
    expect(countOf(wire, "heartbeatResponse")).toBe(3);
  });

  it("has one wait before the stream is bound too, and answers beyond a few wait in the outbox, in order", () => {
    const { open } = rig();
    const { session, wire } = open();
    for (let i = 0; i < 1_000; i += 1) session.message(ask);
    for (let i = 0; i < 300; i += 1) session.message(execute(`r${i}`));
    expect(session.dropped).toEqual({ heartbeatResponse: 999 });
    session.bind(wire);
    expect(countOf(wire, "heartbeatResponse")).toBe(1);
    expect(wire.answered).toEqual(Array.from({ length: 300 }, (_, i) => `r${i}`));
  });

  it("and sends the same requests again and again: each answer waits once", () => {
    const { served } = rig();
    const { session, wire } = served();
    wire.roomy = false;
    for (const id of ["a", "b"]) session.message(execute(id));
    for (let i = 0; i < 1_000; i += 1) for (const id of ["a", "b"]) session.message(execute(id));
    wire.roomy = true;
    session.writable();
    expect(wire.answered).toEqual(["a", "b", "a"]);
  });

  it("gets no more heartbeats than a few that it leaves unanswered", () => {
    const { served } = rig();
    const { session, wire } = served();
    for (let i = 0; i < 1_000; i += 1) session.heartbeat();
    expect(countOf(wire, "heartbeatRequest")).toBe(64);
    expect(session.dropped).toEqual({ heartbeatRequest: 936 });
  });

  it("has ids and error texts counted among what the outbox holds", () => {
    const { execution, open } = rig({ outbox: { maxBytes: 10_000, maxAgeMs: 1_000 }, maxQueuedRequests: 0 });
    for (let i = 0; i < 20; i += 1) execution.dispatch(request(`${i}`.padEnd(900, "x")));
    expect(execution.unconfirmed).toBeLessThan(11);
    expect(execution.counters.evicted).toBe(20 - execution.unconfirmed);
    expect(open().session.dropped).toEqual({});
  });
});

describe("a report", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("is left out, and counted, while the stream has no room", () => {
    const { served } = rig({}, 1_000);
    const { session, wire } = served();
    vi.advanceTimersByTime(2_000);
    const before = wire.sent.length;
    wire.roomy = false;
    session.message(execute("full"));
    vi.advanceTimersByTime(10_000);
    expect(wire.sent.length).toBe(before + 1);
    expect(session.dropped.metricsReport).toBeGreaterThanOrEqual(9);
    session.ended(lost);
  });
});
