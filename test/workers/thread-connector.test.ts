import { type Logger, silentLogger } from "mooring";
import { describe, expect, it } from "vitest";
import { requestContext } from "../support/request-context.js";
import { fixture, threadConnector } from "./dist.js";
import { serve, threaded } from "./served-threads.js";

const burner = (threads = 1) => threaded("burner.mjs", { threads, connectorType: "burner" });
/** Its requests have little time. */
const hasty = () => threaded("burner.mjs", { connectorType: "hasty" });

describe("a connector with threads of its own", () => {
  it("describes itself as the connector of the module does, and answers from another thread", async () => {
    const connector = await burner();
    expect(connector).toMatchObject({ connectorType: "burner", version: "1.2.3", timeoutMs: 4_000 });
    expect([connector.metadata, connector.taskTypes].map(Object.isFrozen)).toEqual([true, true]);
    const { gateway, key } = await serve(connector);
    const answer = await gateway.execute(key, {
      payload: {},
      capabilityId: "c",
      context: { user_id: "u" },
    });
    expect(answer.json()).toEqual({ threadId: expect.any(Number), capability: "c", user: "u" });
    expect((answer.json() as { threadId: number }).threadId).toBeGreaterThan(0);
  });

  it("serves and limits tools by any name, and takes none for what every object inherits", async () => {
    const connector = await threaded("tools.mjs");
    const names = ["plain", "__proto__", "valueOf", "constructor", "toString", undefined];
    expect(names.map((name) => connector.timeoutFor?.(name))).toEqual([
      undefined,
      60_000,
      70_000,
      undefined,
      undefined,
      undefined,
    ]);
    const { gateway, key } = await serve(connector);
    const call = async (capabilityId: string) =>
      gateway.execute(key, { payload: { parameters: {} }, capabilityId, context: { constructor: "c" } });
    expect((await call("__proto__")).json()).toBe("__proto__");
    expect((await call("valueOf")).json()).toBe("valueOf");
    expect((await call("constructor")).error).toContain("[UNKNOWN_TOOL] tool 'constructor'");
  });

  it("refuses a result that is too long in its thread, by the limit of the runtime", async () => {
    const connector = await burner();
    const call = async (payload: object, maxMessageBytes?: number) =>
      connector.execute(
        {
          requestId: "r",
          capabilityId: undefined,
          encoding: 1,
          bytes: new TextEncoder().encode(JSON.stringify(payload)),
          json: () => payload,
        },
        requestContext(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
      );
    await expect(call({ length: 400_000_000 })).rejects.toThrow("the value has more than");
    await expect(call({ length: 3_000 }, 1_000)).rejects.toThrow("more than 2000 bytes as JSON");
    await expect(call({ raw: 3_000 }, 1_000)).rejects.toThrow(
      "3000 bytes does not fit into a message of 1000",
    );
    expect(await call({ length: 3_000 }, 10_000)).toMatchObject({ encoding: 1 });
    const { gateway, key } = await serve(connector);
    for (const payload of [{ length: 400_000_000 }, { raw: 40_000_000 }])
      expect((await gateway.execute(key, { payload })).error).toContain("Serialization error");
  });

  it("keeps its registration alive while a handler blocks for four heartbeat time limits", async () => {
    const heartbeatMs = 300;
    const { gateway, key, status } = await serve(await burner(), { heartbeatMs });
    let heartbeats = 0;
    const leave = gateway.on((event) => {
      if (event.type === "heartbeat") heartbeats += 1;
    });
    const answer = await gateway.execute(key, { payload: { burnMs: 4 * heartbeatMs } });
    leave();
    expect(answer.success).toBe(true);
    expect(heartbeats).toBeGreaterThan(2);
    expect(status()).toMatchObject({ ready: true, counters: { total_disconnects: 0 } });
  });

  it("ends a handler that does not stop at its time limit, with its thread, and serves the next", async () => {
    const { gateway, key, status } = await serve(await burner());
    const endless = gateway.execute(key, { payload: { burnMs: 600_000 } });
    const next = gateway.execute(key, { payload: {} });
    expect(await endless).toMatchObject({ success: false, error: expect.stringContaining("timed out") });
    expect(await next).toMatchObject({ success: false, error: expect.stringContaining("timed out") });
    expect((await gateway.execute(key, { payload: {} })).success).toBe(true);
    expect(status()).toMatchObject({ ready: true, counters: { total_disconnects: 0, timeouts: 2 } });
  });

  it("passes the signal on: a handler that notices keeps its thread", async () => {
    const lines: object[] = [];
    const log = (fields: object, message: string) => {
      if (message === "noticed") lines.push(fields);
    };
    const logger: Logger = { debug: log, info: log, warn: log, error: log };
    const { gateway, key } = await serve(await hasty(), { logger });
    const thread = async () =>
      ((await gateway.execute(key, { payload: {} })).json() as { threadId: number }).threadId;
    const before = await thread();
    expect((await gateway.execute(key, { payload: { untilAborted: true } })).success).toBe(false);
    expect(await thread()).toBe(before);
    expect(lines).toEqual([{ reason: expect.stringContaining("timed out") }]);
  });

  it("passes a drain on", async () => {
    const { gateway, runtime, key } = await serve(await burner());
    const answer = gateway.execute(key, { payload: { untilDrained: true } });
    await gateway.execute(key, { payload: {}, timeoutMs: 200 }).catch(() => {});
    const report = await runtime.drain({ deadlineMs: 20_000 });
    expect((await answer).success).toBe(true);
    expect(report.cancelled).toBe(0);
  });

  it("runs as many requests at once as it has threads, the rest in order", async () => {
    const { gateway, key } = await serve(await burner(2));
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => gateway.execute(key, { payload: { burnMs: 20 } })),
    );
    const threads = new Set(answers.map((answer) => (answer.json() as { threadId: number }).threadId));
    expect(threads.size).toBe(2);
  });

  it("tells a tool's error with its code, and a thread's death as a failure of its request only", async () => {
    const { gateway, key } = await serve(await burner());
    const failed = await gateway.execute(key, { payload: { fail: "too hot" } });
    expect(failed).toMatchObject({ success: false, error: "too hot" });
    expect(await gateway.execute(key, { payload: { exit: true } })).toMatchObject({
      success: false,
      error: expect.stringContaining("The handler's thread is gone"),
    });
    expect((await gateway.execute(key, { payload: {} })).success).toBe(true);
  });

  it.each([
    ["what its handler threw", { slip: "not meant" }, "not meant", "TypeError"],
    ["what ended its thread", { crash: "nobody catches this" }, "The handler's thread is gone", "RangeError"],
  ])("logs %s, with the stack, once", async (_, payload, told, thrown) => {
    const lines: object[] = [];
    const error = (fields: object) => void lines.push(fields);
    const { gateway, key } = await serve(await burner(), { logger: { ...silentLogger, error } });
    const answer = await gateway.execute(key, { payload });
    expect(answer).toMatchObject({ success: false, error: expect.stringContaining(told) });
    await gateway.execute(key, { payload: { fail: "on purpose" } });
    expect(lines).toEqual([
      {
        registration: key,
        requestId: expect.any(String),
        error: thrown,
        stack: expect.stringMatching(/^ {4}at .*burner\.mjs:\d+:\d+/),
      },
    ]);
  });

  it.each([
    [{ module: fixture("no-such.mjs") }, "does not exist: name a file"],
    [
      { module: fixture("connectors.mjs") },
      "The module exports several connectors (harm, patient, where): name one with connectorType",
    ],
    [
      { module: fixture("connectors.mjs"), connectorType: "nothing" },
      'exports no connector of the type "nothing"',
    ],
    [
      { module: fixture("beyond-thread.mjs"), connectorType: "relaying" },
      '"relaying" takes WebSockets, which outlast a request: it cannot have threads of its own.',
    ],
    [
      { module: fixture("beyond-thread.mjs"), connectorType: "changing" },
      '"changing" changes what it says of itself while it is registered: it cannot have threads of its own.',
    ],
    [{ module: fixture("blocker.mjs"), threads: 0 }, "threads must be a whole number from 1 to 256; got 0."],
    [{ module: "burner.mjs" }, 'module must be a file URL or an absolute path; got "burner.mjs"'],
  ])("refuses %#: $1", async (options, message) => {
    await expect(threadConnector(options)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining(message),
    });
  });
});
