/** Connectors that ask other connectors, over real streams and the embedded gateway. */
import {
  type Connector,
  createRuntime,
  defineTool,
  jsonSchema,
  MooringError,
  PayloadEncoding,
  RawAnswer,
  type RequestContext,
  type RuntimeOptions,
  requestResponseConnector,
  ToolError,
  toolConnector,
} from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { withResolvers as deferred } from "../../src/with-resolvers.js";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const connectorOf = (
  type: string,
  execute: (value: unknown, context: RequestContext) => unknown,
  options: { readonly timeoutMs?: number } = {},
): Connector =>
  requestResponseConnector({
    type,
    version: "1.0.0",
    execute: (request, context) => execute(request.json(), context),
    ...options,
  });

async function serving(connectors: readonly Connector[], options: RuntimeOptions = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  open.push(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, ...options });
  open.push(() => runtime.close());
  const registrations = connectors.map((connector) =>
    runtime.add({ tenantId: "acme", instanceId: "one", connector }),
  );
  await runtime.start();
  return { gateway, runtime, registrations };
}

const ask = async (gateway: Gateway, type: string, payload: unknown = {}) => {
  const answer = await gateway.execute(`acme.${type}.one`, { payload, timeoutMs: 20_000 });
  return answer.success ? answer.json() : answer.error;
};

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof MooringError) return error.code;
  throw error ?? new Error("It did not fail.");
};

const double = connectorOf("double", (value) => ({ twice: 2 * (value as { n: number }).n }));

describe("a handler asks another connector", () => {
  it("[C14 #34] gets its answer, with texts that go along and the count of hops", async () => {
    const seen: Readonly<Record<string, string>>[] = [];
    const echo = connectorOf("echo", (value, context) => {
      seen.push(context.context);
      return value;
    });
    const front = connectorOf("front", async (value, { invoke }) =>
      invoke("acme.echo.one", undefined, value, { context: { note: "hello" } }),
    );
    const { gateway } = await serving([echo, front]);
    await expect(ask(gateway, "front", { a: [1, "ü"] })).resolves.toEqual({ a: [1, "ü"] });
    expect(seen[0]).toMatchObject({ note: "hello", "x-invoke-depth": "1", tenant_id: "acme" });
  });

  it("[C14 #34] gives and gets bytes as they are", async () => {
    const reverse = requestResponseConnector({
      type: "reverse",
      version: "1.0.0",
      execute: ({ bytes }) => new RawAnswer(Uint8Array.from(bytes).reverse(), PayloadEncoding.RAW_BYTES),
    });
    const front = connectorOf("front", async (_, { invoke }) => {
      const bytes = await invoke("acme.reverse.one", undefined, new Uint8Array([0, 255, 7]));
      return bytes instanceof Uint8Array ? [...bytes] : "no bytes";
    });
    const { gateway } = await serving([reverse, front]);
    await expect(ask(gateway, "front")).resolves.toEqual([7, 255, 0]);
  });

  it("[C16 #78] learns the other's failure, also one that hides in an answer that counts as success", async () => {
    const failing = connectorOf("failing", () => {
      throw new MooringError("IO_ERROR", "the disk is full");
    });
    const hiding = connectorOf("hiding", () => ({ success: false, error: "no such city" }));
    const front = connectorOf("front", (value, { invoke }) => invoke(String(value), undefined, {}));
    const { gateway } = await serving([failing, hiding, front]);
    await expect(ask(gateway, "front", "acme.failing.one")).resolves.toBe("Invoke failed: the disk is full");
    await expect(ask(gateway, "front", "acme.hiding.one")).resolves.toBe("Invoke failed: no such city");
    await expect(ask(gateway, "front", "acme.nobody.one")).resolves.toBe(
      'Invoke failed: there is no such connector in the tenant "acme" of who asks: tenant "acme", type "nobody", instance "one"',
    );
  });

  it("gets the other's words whole, and the code of a tool's error", async () => {
    const words = "order 12345 of ada@example.com: customer_id is missing in /var/data/a.csv";
    const divide = defineTool({
      name: "divide",
      description: "Divides",
      input: jsonSchema({ type: "object" }),
      run: () => {
        throw new ToolError("DIVISION_BY_ZERO", words);
      },
    });
    const failing = connectorOf("failing", () => {
      throw new Error(words);
    });
    const hiding = connectorOf("hiding", () => ({ success: false, error: words, error_code: "NO_ORDER" }));
    const front = connectorOf("front", async (value, { invoke }) => {
      const { target, tool } = value as { target: string; tool?: string };
      const error = await invoke(target, tool, {}).catch((thrown: unknown) => thrown);
      const { code, message, toolCode } = error as MooringError;
      return { code, message, toolCode };
    });
    const logged: string[] = [];
    const put = (...line: unknown[]) => void logged.push(JSON.stringify(line));
    const logger = { debug: put, info: put, warn: put, error: put };
    const { gateway } = await serving([toolConnector("tools", [divide]), failing, hiding, front], { logger });
    await expect(ask(gateway, "front", { target: "acme.tools.one", tool: "divide" })).resolves.toEqual({
      code: "INVOKE_FAILED",
      message: `Invoke failed: [DIVISION_BY_ZERO] tool 'divide': ${words}`,
      toolCode: "DIVISION_BY_ZERO",
    });
    const plain = { code: "INVOKE_FAILED", message: `Invoke failed: ${words}` };
    await expect(ask(gateway, "front", { target: "acme.failing.one" })).resolves.toEqual(plain);
    await expect(ask(gateway, "front", { target: "acme.hiding.one" })).resolves.toEqual({
      ...plain,
      toolCode: "NO_ORDER",
    });
    expect(logged.join()).not.toContain("12345");
  });

  it("[C16 #78] goes five connectors far in a row, and no further", async () => {
    const again = connectorOf("again", async (value, { invoke }) => {
      const { left } = value as { left: number };
      return left === 0 ? "the end" : invoke("acme.again.one", undefined, { left: left - 1 });
    });
    const { gateway } = await serving([again], { maxConcurrentRequests: 20 });
    await expect(ask(gateway, "again", { left: 5 })).resolves.toBe("the end");
    await expect(ask(gateway, "again", { left: 6 })).resolves.toContain(
      "5 connectors have asked one another",
    );
  });

  it("is over when its own time is, or its signal says so", async () => {
    const never = connectorOf("never", () => new Promise(() => {}));
    const given = new AbortController();
    const seen = deferred<unknown>();
    const front = connectorOf(
      "front",
      async (value, { invoke }) => {
        const options = value === "signal" ? { signal: given.signal } : { timeoutMs: 30 };
        const waiting = invoke("acme.never.one", undefined, {}, options);
        if (value === "signal") given.abort(new Error("enough"));
        return waiting;
      },
      { timeoutMs: 5_000 },
    );
    const short = connectorOf(
      "short",
      async (_, { invoke }) => {
        const waiting = invoke("acme.never.one", undefined, {});
        waiting.catch(seen.resolve);
        return waiting;
      },
      { timeoutMs: 40 },
    );
    const { gateway } = await serving([never, front, short]);
    await expect(ask(gateway, "front")).resolves.toContain("did not answer within 30 ms");
    await expect(ask(gateway, "front", "signal")).resolves.toBe("enough");
    await expect(ask(gateway, "short")).resolves.toMatch(/timed out|did not answer/);
    expect(String(await seen.promise)).toMatch(/timed out|did not answer/);
  });

  it("[C14 #13 #57 #99] [C16 #15] tells who asks, and until when", async () => {
    const who = connectorOf("who", (_, context) => ({
      tenantId: context.tenantId,
      tenantSlug: context.tenantSlug,
      subject: context.subject,
      agentContext: context.agentContext,
      left: context.deadline - Date.now() > 1_000,
    }));
    const { gateway } = await serving([who]);
    const context = { user_id: "u-1", tenant_slug: "acme-inc", agent_context: '{"run":7}' };
    const answer = await gateway.execute("acme.who.one", { context });
    expect(answer.json()).toEqual({
      tenantId: "acme",
      tenantSlug: "acme-inc",
      subject: "u-1",
      agentContext: { run: 7 },
      left: true,
    });
  });
});

describe("a registration asks another connector outside of a request", () => {
  it("[C14 #33 #34] [C16 #77] gets the answer; without one it is over as soon as the request is on its way", async () => {
    const told = deferred<unknown>();
    const sink = connectorOf("sink", (value) => {
      told.resolve(value);
      return "nobody reads this";
    });
    const { registrations } = await serving([double, sink]);
    await expect(registrations[0]?.invoke("acme.double.one", undefined, { n: 21 })).resolves.toEqual({
      twice: 42,
    });
    const sent = registrations[0]?.invoke("acme.sink.one", undefined, { a: 1 }, { fireAndForget: true });
    await expect(sent).resolves.toBeUndefined();
    await expect(told.promise).resolves.toEqual({ a: 1 });
  });

  it("[C17 #15] fails at once when the stream ends, and before there is one", async () => {
    const reached = deferred<void>();
    const never = connectorOf("never", () => {
      reached.resolve();
      return new Promise(() => {});
    });
    const { gateway, registrations } = await serving([never]);
    const waiting = registrations[0]?.invoke("acme.never.one", undefined, {}, { timeoutMs: 60_000 });
    await reached.promise;
    const failed = codeOf(waiting ?? Promise.resolve());
    gateway.disturb("cut");
    await expect(failed).resolves.toBe("STREAM_ERROR");
    const idle = createRuntime({ url: gateway.url }).add({
      tenantId: "acme",
      instanceId: "two",
      connector: double,
    });
    await expect(codeOf(idle.invoke("acme.double.one", undefined, {}))).resolves.toBe("NOT_RUNNING");
  });

  it("names the field that is wrong, and what does not fit", async () => {
    const { registrations } = await serving([double], { maxMessageBytes: 10_000 });
    const [one] = registrations;
    const wrong: readonly [Promise<unknown> | undefined, string][] = [
      [one?.invoke("", undefined, {}), "target must be"],
      [one?.invoke("a.b.c", undefined, {}, { timeoutMs: 0 }), "timeoutMs must be"],
      [one?.invoke("a.b.c", undefined, {}, { timoutMs: 1 } as never), 'did you mean "timeoutMs"'],
      [one?.invoke("a.b.c", undefined, {}, { context: { a: 1 } } as never), "context.a must be a text"],
      [one?.invoke("a.b.c", undefined, 1n), "Serialization error"],
      [one?.invoke("a.b.c", undefined, "x".repeat(20_000)), "does not fit into a message of 10000 bytes"],
    ];
    for (const [promise, words] of wrong) await expect(promise).rejects.toThrow(words);
    await expect(one?.invoke("acme.double.one", undefined, { n: 1 })).resolves.toEqual({ twice: 2 });
  });
});
