/** What anybody can make the embedded gateway keep has a bound. */
import { create, toBinary } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ConnectorStream } from "../../src/gateway/connector-stream.js";
import { GatewayCore } from "../../src/gateway/core.js";
import type { ExecuteOptions, GatewayOptions } from "../../src/gateway/gateway.js";
import { Registry } from "../../src/gateway/registry.js";
import { TokenServer } from "../../src/gateway/token-server.js";
import {
  type ExecuteRequest,
  ExecuteRequestSchema,
  ExecuteResponseSchema,
  HeartbeatRequestSchema,
  RegisterConnectorRequestSchema,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { FrameReader } from "../../src/transport/http2/frame-reader.js";

function coreOf(options: GatewayOptions = {}): GatewayCore {
  const tokens = new TokenServer(
    "matrix",
    () => core.faults,
    undefined,
    async () => {},
  );
  const core: GatewayCore = new GatewayCore(options, tokens);
  return core;
}

describe("the embedded gateway keeps", () => {
  it("no more than so many messages for a client that does not read: the stream is reset, and counted", async () => {
    const core = coreOf();
    const reset = new Promise<void>((resolve) => {
      const stream = core.openStream(resolve);
      const value = create(HeartbeatRequestSchema);
      const ask = create(StreamMessageSchema, { message: { case: "heartbeatRequest", value } });
      for (let i = 0; i < 100_001; i += 1) stream.receive(ask);
      expect(stream.outbound.size).toBe(0);
    });
    await reset;
    expect(core.figures.unreadMessages).toBe(100_001);
    core.close();
  });

  it("no more than so many bytes of requests for it", async () => {
    const core = coreOf();
    const payload = new Uint8Array(1024 * 1024);
    const request: ExecuteRequest = create(ExecuteRequestSchema, { requestId: "r", payload });
    const reset = new Promise<void>((resolve) => {
      const stream = core.openStream(resolve);
      for (let i = 0; i < 257; i += 1) stream.execute(request);
      expect(stream.outbound.size).toBe(0);
    });
    await reset;
    expect(core.figures.unreadMessages).toBe(257);
    core.close();
  });

  it("no more than so many bytes for all clients together: the stream that holds most ends, others stay", async () => {
    const core = coreOf({ maxUnreadBytes: 1_000_000 });
    onTestFinished(() => core.close());
    const reset = vi.fn();
    const payload = new Uint8Array(50_000);
    const streams = [1, 2, 4, 1].map((share) => {
      const stream = core.openStream(reset);
      for (let i = 0; i < 2 * share; i += 1)
        stream.execute(create(ExecuteRequestSchema, { requestId: `r${i}`, payload }));
      return stream;
    });
    const [first, , greatest] = streams;
    const fill = () => first?.execute(create(ExecuteRequestSchema, { requestId: "more", payload }));
    for (let i = 0; i < 5; i += 1) fill();
    expect(streams.map(({ outbound }) => outbound.isEnded)).toEqual([false, false, true, false]);
    expect(greatest?.outbound.size).toBe(0);
    await expect(greatest?.outbound.next()).rejects.toMatchObject({ code: Code.ResourceExhausted });
    await vi.waitFor(() => expect(reset).toHaveBeenCalledTimes(1));
    expect(core.figures.unreadMessages).toBe(8);
    // What was read, taken back or left with its stream makes room again.
    for (const { outbound } of streams.slice(0, 2)) while (outbound.size > 0) await outbound.next();
    streams[3]?.over();
    expect(core.unread.bytes).toBe(0);
  });

  it("the small messages of many streams to the same bound", () => {
    const core = coreOf({ maxUnreadBytes: 1_000_000 });
    onTestFinished(() => core.close());
    const streams = Array.from({ length: 100 }, () => core.openStream(() => {}));
    const value = create(HeartbeatRequestSchema);
    const ask = create(StreamMessageSchema, { message: { case: "heartbeatRequest", value } });
    for (let round = 0; round < 100; round += 1) for (const stream of streams) stream.receive(ask);
    expect(core.unread.bytes).toBeLessThan(1_001_000);
    expect(core.figures.unreadMessages).toBeGreaterThan(0);
  });

  it("nothing for a client that has not read that its stream has ended: it is reset after a while", () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const core = coreOf();
    const reset = vi.fn();
    for (const end of ["end", "dismiss"] as const) core.openStream(reset)[end]();
    core.openStream(reset).fail(Code.Unavailable, "gone");
    core.closeStream(core.openStream(reset));
    const read = core.openStream(reset);
    read.end();
    read.over();
    vi.advanceTimersByTime(9_999);
    expect(reset).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(reset).toHaveBeenCalledTimes(4);
    core.close();
  });

  it("no more than so many messages back for a fault that delays: what is beyond goes at once", () => {
    const core = coreOf();
    const act = vi.fn();
    for (let i = 0; i < 10_000; i += 1) core.later(3_600_000, act);
    expect(act).not.toHaveBeenCalled();
    core.later(3_600_000, act);
    expect(act).toHaveBeenCalledTimes(1);
    core.close();
  });

  it("no more than so many registrations that nobody approved; the oldest go, others stay", () => {
    const registry = new Registry(4 * 1024 * 1024);
    const of = (instanceId: string) => registry.ensure({ tenantId: "t", connectorType: "c", instanceId });
    of("approved").state = "approved";
    let forgotten = 0;
    let looked = 0;
    let most = 0;
    for (let i = 0; i < 30_000; i += 1) {
      of(`i${i}`);
      forgotten += registry.forgetOldest(({ state }) => {
        looked += 1;
        return state === "pending";
      });
      most = Math.max(most, i + 2 - forgotten);
    }
    expect(most).toBeLessThanOrEqual(10_001);
    expect(registry.get(`t.c.i${forgotten - 1}`)).toBeUndefined();
    expect(registry.get(`t.c.i${forgotten}`)).toBeDefined();
    expect(registry.get("t.c.approved")).toBeDefined();
    // Not all of them for each new one: 20,000 registrations past the bound would be 200 million looks.
    expect(looked).toBeLessThan(12 * 30_000);
  });

  it("no more than so much of what a client says of itself", () => {
    const registry = new Registry(4 * 1024 * 1024);
    const one = registry.ensure({ tenantId: "t", connectorType: "c", instanceId: "i" });
    const taskTypes = Array.from({ length: 2_000 }, () => ({ name: "n".repeat(1_000) }));
    const request = create(RegisterConnectorRequestSchema, {
      instanceMetadata: { displayName: "d".repeat(10_000) },
      capabilities: { taskTypes },
    });
    registry.describe(one, request);
    expect([one.displayName.length, one.tools.length, one.tools[0]?.length]).toEqual([256, 1_000, 256]);
  });
});

/** A registration that is served on a stream which nobody reads. */
function unread(options: GatewayOptions = {}) {
  const core = coreOf(options);
  onTestFinished(() => core.close());
  const registration = core.registry.ensure({ tenantId: "t", connectorType: "c", instanceId: "i" });
  const serveOn = (stream: ConnectorStream) => {
    registration.state = "approved";
    registration.stream = stream;
    stream.role = { name: "serving", registration, isProven: false };
  };
  const stream = core.openStream(() => {});
  serveOn(stream);
  const payload = new Uint8Array(1_000);
  const ask = (options: ExecuteOptions = {}) => {
    const asked = core.execute(registration, { payload, ...options });
    asked.catch(() => {});
    return asked;
  };
  return { core, registration, stream, ask, serveOn };
}

describe("a request that waits unread", () => {
  it("is not delivered any more when its caller has given up, by signal or time limit", async () => {
    const { stream, ask } = unread();
    const caller = new AbortController();
    const gone = ask({ requestId: "gone", signal: caller.signal });
    const late = ask({ requestId: "late", timeoutMs: 5 });
    void ask({ requestId: "kept" });
    expect(stream.outbound.size).toBe(3);
    caller.abort();
    await expect(gone).rejects.toThrow("aborted");
    await expect(late).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(stream.outbound.size).toBe(1);
    const { value } = await stream.outbound.next();
    expect(value?.message).toMatchObject({ case: "executeRequest", value: { requestId: "kept" } });
  });

  it("goes back to its registration when the stream asks for another one", async () => {
    const { core, registration, stream, ask } = unread({ approval: "automatic" });
    void ask({ requestId: "kept" });
    const other = { tenantId: "t", connectorType: "c", instanceId: "other" };
    await core.register(stream, create(RegisterConnectorRequestSchema, other));
    expect(registration).toMatchObject({ stream: undefined });
    expect(registration.open.get("kept")?.deliveries).toBe(0);
    expect(stream.registration?.key).toBe("t.c.other");
    const { value } = await stream.outbound.next();
    expect(value?.message).toMatchObject({ case: "registerResponse", value: { success: true } });
  });

  it("leaves no trace in what the stream may hold: 1 GiB that was given up is no reason to end it", () => {
    const { core, stream, ask } = unread();
    const payload = new Uint8Array(1024 * 1024);
    for (let i = 0; i < 1_024; i += 1) {
      const caller = new AbortController();
      void ask({ payload, signal: caller.signal });
      void ask({ payload: "small", signal: caller.signal });
      caller.abort();
    }
    expect([stream.outbound.size, stream.outbound.isEnded]).toEqual([0, false]);
    expect(core.figures.unreadMessages).toBe(0);
  });

  it("is taken back in any order, also when a fault sends it twice", async () => {
    const { core, stream, ask } = unread();
    core.setFaults({ duplicateExecutes: 2 });
    const callers = [0, 1, 2].map(() => new AbortController());
    for (const [i, { signal }] of callers.entries()) void ask({ requestId: `r${i}`, signal });
    expect(stream.outbound.size).toBe(5);
    await stream.outbound.next();
    for (const i of [1, 0, 2]) callers[i]?.abort();
    expect(stream.outbound.size).toBe(0);
    void ask({ requestId: "after" });
    expect(stream.outbound.size).toBe(1);
  });

  it.each(["rejected", "deregistered", "of a closed stream"] as const)(
    "is taken back when it is %s",
    (how) => {
      const { core, registration, stream, ask } = unread();
      void ask();
      if (how === "rejected") core.reject(registration);
      else if (how === "deregistered") core.deregister(registration);
      else core.closeStream(stream);
      // What is left tells the client of the rejection.
      expect(stream.outbound.size).toBe(how === "rejected" ? 1 : 0);
    },
  );

  it("goes out on the next stream as if it were the first, however often it was not read", async () => {
    const { core, registration, stream, ask, serveOn } = unread({ maxUnreadBytes: 1_024, maxDeliveries: 1 });
    const asked = ask({ requestId: "r" });
    void ask({ requestId: "next" });
    expect(stream.outbound.isEnded).toBe(true);
    core.closeStream(stream);
    const next = core.openStream(() => {});
    serveOn(next);
    const open = registration.open.get("r");
    expect(open?.deliveries).toBe(0);
    if (open) next.execute(core.registry.deliver(registration, open, 1) ?? open.request);
    const value = create(ExecuteResponseSchema, { requestId: "r", success: true });
    next.receive(create(StreamMessageSchema, { message: { case: "executeResponse", value } }));
    expect(await asked).toMatchObject({ success: true });
  });

  it("is answered no more by a stream that stands for nobody", async () => {
    const { core, stream, ask } = unread();
    const asked = ask({ requestId: "r" });
    stream.dismiss();
    const value = create(ExecuteResponseSchema, { requestId: "r", success: true });
    stream.receive(create(StreamMessageSchema, { message: { case: "executeResponse", value } }));
    expect(core.figures).toMatchObject({ answersReceived: 1, unknownAnswers: 1 });
    core.registry.close();
    await expect(asked).rejects.toMatchObject({ code: "NOT_RUNNING" });
  });
});

describe("the size of a request", () => {
  it.each(["x", "ü", "€", "😀"])("is told rightly near the limit, of texts of %s", (character) => {
    const limit = 1_024;
    const registry = new Registry(limit);
    const one = registry.ensure({ tenantId: "t", connectorType: "c", instanceId: "i" });
    const taken = (length: number) => {
      try {
        const { open, answer } = registry.open(one, { context: { note: character.repeat(length) } });
        answer.catch(() => {});
        const value = {
          ...open.request,
          context: { ...open.request.context, delivery_attempt: "9999999999" },
        };
        return toBinary(
          StreamMessageSchema,
          create(StreamMessageSchema, { message: { case: "executeRequest", value } }),
        ).length;
      } catch (error) {
        expect(error).toMatchObject({ code: "MESSAGE_TOO_LARGE" });
        return undefined;
      }
    };
    const sizes = Array.from({ length: limit }, (_, length) => taken(length)).filter(
      (size) => size !== undefined,
    );
    const bytes = Buffer.byteLength(character);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(limit);
    expect(Math.max(...sizes)).toBeGreaterThan(limit - bytes);
    registry.close();
  });
});

describe("a message in frames of one byte", () => {
  it("is put together whole, without a chunk kept for each byte", () => {
    const length = 600_000;
    const bytes = Buffer.alloc(5 + length, 7);
    bytes.writeUInt8(0, 0);
    bytes.writeUInt32BE(length, 1);
    const reader = new FrameReader(1024 * 1024);
    const taken: Buffer[] = [];
    const concat = vi.spyOn(Buffer, "concat");
    onTestFinished(() => concat.mockRestore());
    for (let i = 0; i < bytes.length - 1; i += 1)
      reader.push(bytes.subarray(i, i + 1), { take: () => false });
    const take = (all: Buffer, start: number, end: number) => {
      taken.push(all.subarray(start, end));
      return true;
    };
    reader.push(bytes.subarray(-1), { take });
    expect(Math.max(...concat.mock.calls.map(([parts]) => parts.length))).toBeLessThanOrEqual(1_030);
    expect(taken.map((one) => one.equals(bytes.subarray(5)))).toEqual([true]);
    expect(reader.partial).toBe(false);
  });
});
