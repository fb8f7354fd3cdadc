import {
  type Connector,
  type Invoke,
  MooringError,
  PayloadEncoding,
  RawAnswer,
  requestResponseConnector,
  ToolError,
  use,
} from "mooring";
import { reaches, startTestBench, type TestRequestOptions, testConnector, testTool } from "mooring/testing";
import { describe, expect, expectTypeOf, it } from "vitest";
import calculator from "../../examples/calculator.js";
import { defineTool, jsonSchema } from "../../src/index.js";
import { echo } from "../support/connectors.js";

const connectorOf = (execute: Connector["execute"], timeoutMs?: number) =>
  requestResponseConnector({ type: "t", version: "1.0.0", execute, ...(timeoutMs ? { timeoutMs } : {}) });

describe("testConnector", () => {
  it("[C14 #64] [C16 #46] calls a request-response connector in one line", async () => {
    expect(await testConnector(echo).execute({ a: 1 })).toEqual({ a: 1 });
  });

  it("calls the example of tools by their names", async () => {
    const tested = testConnector(calculator);
    const call = (capabilityId: string, parameters: object) =>
      tested.execute({ parameters }, { capabilityId });
    expect(await call("add", { a: 1, b: 2 })).toEqual({ result: 3 });
    await expect(call("divide", { a: 1, b: 0 })).rejects.toThrow(
      "Invoke failed: [DIVISION_BY_ZERO] tool 'divide': b must not be 0",
    );
    await expect(call("multiply", {})).rejects.toThrow("[UNKNOWN_TOOL]");
  });

  it("[C17 #18] hands over the context that a gateway would send", async () => {
    const seen = connectorOf((_request, context) => {
      const { requestId, capabilityId, tenantId, tenantSlug, subject, agentContext, maxMessageBytes } =
        context;
      const { invoke: _invoke, deadline } = context;
      return {
        ...{ requestId, capabilityId, tenantId, tenantSlug, subject, agentContext, maxMessageBytes },
        isAhead: deadline > Date.now(),
      };
    });
    const context = { tenant_id: "t-1", tenant_slug: "acme", user_id: "u-1", agent_context: '{"run":7}' };
    const answer = await testConnector(seen).execute(1, {
      requestId: "r-1",
      capabilityId: "c",
      context,
      maxMessageBytes: 1_000,
    });
    expect(answer).toEqual({
      requestId: "r-1",
      capabilityId: "c",
      tenantId: "t-1",
      tenantSlug: "acme",
      subject: "u-1",
      agentContext: { run: 7 },
      maxMessageBytes: 1_000,
      isAhead: true,
    });
  });

  it("takes bytes and other encodings, and gives them back", async () => {
    const mirror = connectorOf((request) => new RawAnswer(request.bytes, request.encoding));
    const bytes = new Uint8Array([1, 2, 255]);
    expect(await testConnector(mirror).execute(bytes)).toEqual(bytes);
    const packed = new RawAnswer(bytes, PayloadEncoding.MSGPACK);
    await expect(testConnector(mirror).execute(packed)).rejects.toMatchObject({
      code: "UNSUPPORTED_ENCODING",
    });
    const packing = { ...mirror, supportedEncodings: [PayloadEncoding.MSGPACK] };
    expect(await testConnector(packing).execute(packed)).toEqual(packed);
    expect(await testConnector(mirror).execute(new Uint8Array())).toEqual(new Uint8Array());
  });

  it("rejects with the very error that the handler threw, at once or later", async () => {
    const failure = new ToolError("NOT_FOUND", "no such file");
    const throws = connectorOf(() => {
      throw failure;
    });
    const rejects = connectorOf(async () => {
      throw failure;
    });
    await expect(testConnector(throws).execute()).rejects.toBe(failure);
    await expect(testConnector(rejects).execute()).rejects.toBe(failure);
  });

  it("rejects for a result that could not travel", async () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    await expect(testConnector(connectorOf(() => cyclic)).execute()).rejects.toMatchObject({
      code: "SERIALIZATION_ERROR",
    });
    const long = connectorOf(() => "x".repeat(150));
    await expect(testConnector(long).execute(1, { maxMessageBytes: 100 })).rejects.toThrow(
      "does not fit into a message of 100 bytes",
    );
  });

  it("aborts the handler at the connector's limit, or the test's", async () => {
    let aborted: AbortSignal | undefined;
    const hangs = connectorOf((_request, { signal }) => {
      aborted = signal;
      return new Promise(() => {});
    }, 20);
    await expect(testConnector(hangs).execute()).rejects.toMatchObject({ code: "TIMEOUT" });
    expect(aborted?.aborted).toBe(true);
    await expect(testConnector(hangs).execute(1, { timeoutMs: 10 })).rejects.toThrow(
      "within 10 ms (timeoutMs)",
    );
  });

  it("gives up by a signal, and tells of a drain", async () => {
    const waits = connectorOf(
      (_request, { draining }) =>
        new Promise((resolve) => draining.addEventListener("abort", () => resolve("drained"))),
    );
    const drain = new AbortController();
    const answer = testConnector(waits).execute(1, { draining: drain.signal });
    drain.abort();
    expect(await answer).toBe("drained");
    const reason = new Error("taken back");
    await expect(testConnector(waits).execute(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("invokes the function that it is given, and says so when there is none", async () => {
    const asks = connectorOf((_request, { invoke }) =>
      invoke("acme.other.1", "sum", { a: 1 }, { timeoutMs: 5 }),
    );
    const asked: unknown[] = [];
    const invoke: Invoke = async (...given) => {
      asked.push(given);
      return { sum: 3 };
    };
    expect(await testConnector(asks).execute(1, { invoke })).toEqual({ sum: 3 });
    expect(asked).toEqual([["acme.other.1", "sum", { a: 1 }, { timeoutMs: 5 }]]);
    await expect(testConnector(asks).execute()).rejects.toThrow("give the test's options an invoke");
  });

  it("passes the middleware of use()", async () => {
    const around = use(echo, async (_request, _context, next) => ({ around: await next() }));
    expect(await testConnector(around).execute(7)).toEqual({ around: 7 });
  });

  it.each([
    ["what is no connector", () => testConnector({} as never), "testConnector() takes a connector"],
    [
      "a misspelt option",
      () => testConnector(echo).execute(1, { capability: "x" } as never),
      "capability is no option",
    ],
    ["a limit of nothing", () => testConnector(echo).execute(1, { timeoutMs: 0 }), "timeoutMs"],
    ["a payload that is no JSON", () => testConnector(echo).execute(1n), "Serialization error"],
  ])("refuses %s", async (_, call, words) => {
    await expect(Promise.resolve().then<unknown>(call)).rejects.toThrow(words);
  });

  it("has plain types", () => {
    expectTypeOf(testConnector(echo).execute).returns.resolves.toBeUnknown();
    // @ts-expect-error a context holds texts
    const wrong: TestRequestOptions = { context: { n: 1 } };
    expectTypeOf(wrong).toEqualTypeOf<TestRequestOptions>();
  });
});

describe("testTool", () => {
  const greet = defineTool({
    name: "greet",
    description: "Say hello",
    input: jsonSchema<{ name: string; loud?: boolean }>({
      type: "object",
      properties: { name: { type: "string" }, loud: { type: "boolean", default: false } },
      required: ["name"],
    }),
    run: ({ name, loud }, { metadata, subject }) => ({ text: `hello ${name}`, loud, metadata, subject }),
  });

  it("validates, fills in defaults and has the context", async () => {
    const answer = await testTool(greet).call({ name: "Ada" }, { context: { user_id: "u", roles: '["a"]' } });
    expect(answer).toEqual({
      text: "hello Ada",
      loud: false,
      metadata: { user_id: "u", roles: ["a"] },
      subject: "u",
    });
  });

  it("rejects with the tool's own error", async () => {
    const failed = await testTool(greet)
      .call({})
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(ToolError);
    expect(failed).toMatchObject({ code: "INVALID_PARAMS", message: expect.stringContaining("name") });
  });

  it("has nothing as an empty result, as an agent reads it", async () => {
    const quiet = defineTool({
      name: "quiet",
      description: "Says nothing",
      input: jsonSchema({ type: "object" }),
      run: () => undefined,
    });
    expect(await testTool(quiet).call()).toEqual({});
  });

  it("refuses what is no tool", () => {
    expect(() => testTool({} as never)).toThrow(MooringError);
  });
});

describe("reaches", () => {
  const key = "acme.echo_test.1";
  const registrations = [{ tenantId: "acme", instanceId: "1", connector: echo }];

  it("resolves when the state is there already, and when it comes", async () => {
    await using bench = await startTestBench({ registrations, gateway: { approval: "manual" } });
    const { runtime, gateway } = bench;
    expect(await reaches(runtime, key, "streaming")).toMatchObject({ child: "pendingApproval" });
    const serving = reaches(runtime, key, "streaming.serving");
    gateway.approve(key);
    expect(await serving).toMatchObject({ ready: true });
    runtime.registration(key).pause();
    await reaches(runtime, key, "paused");
  });

  it("says where it is when the time is over, or the runtime closes", async () => {
    await using bench = await startTestBench({ registrations });
    const { runtime } = bench;
    await expect(reaches(runtime, key, "backoff", { timeoutMs: 20 })).rejects.toThrow(
      `${key} did not reach "backoff" within 20 ms. It is in "streaming.serving"`,
    );
    const waiting = reaches(runtime, key, "backoff");
    await runtime.close();
    await expect(waiting).rejects.toThrow("before the runtime closed");
  });

  it("refuses an unknown state, key and option", async () => {
    await using bench = await startTestBench({ registrations });
    await expect(reaches(bench.runtime, key, "online" as never)).rejects.toThrow(
      "state must be one of connecting",
    );
    await expect(reaches(bench.runtime, "a.b.c", "streaming")).rejects.toThrow('no registration "a.b.c"');
    await expect(reaches(bench.runtime, key, "streaming", { timeout: 1 } as never)).rejects.toThrow(
      "timeoutMs",
    );
  });
});
