/** Hooks around a handler, the time that is left, and several requests in one. */
import { createRuntime, type Logger, PayloadEncoding, RawAnswer, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { withResolvers } from "../../../src/with-resolvers.js";
import { asked } from "../../support/asked.js";
import { requestContext } from "../../support/request-context.js";

const named = { type: "echo", version: "1.0.0" };

function noting(execute: (value: unknown) => unknown) {
  const notes: unknown[] = [];
  const connector = requestResponseConnector({
    ...named,
    execute: (request) => execute(request.json()),
    before: (request) => void notes.push(["before", request.json()]),
    afterSuccess: (result) => void notes.push(["success", result]),
    afterFailure: (error) => void notes.push(["failure", String(error)]),
  });
  return { connector, notes };
}

describe("hooks", () => {
  it("[C14 #55] [C16 #39] are told of what a handler returns and throws, at once or later", async () => {
    const { connector, notes } = noting((value) => {
      if (value === "bad") throw new Error("bad");
      return value === "late bad" ? Promise.reject(new Error("late")) : value;
    });
    expect(connector.execute(asked("good"), requestContext())).toBe("good");
    expect(() => connector.execute(asked("bad"), requestContext())).toThrow("bad");
    await expect(connector.execute(asked("late bad"), requestContext())).rejects.toThrow("late");
    expect(notes).toEqual([
      ["before", "good"],
      ["success", "good"],
      ["before", "bad"],
      ["failure", "Error: bad"],
      ["before", "late bad"],
      ["failure", "Error: late"],
    ]);
  });

  it("[C14 #55] are told once that a request took too long", async () => {
    const { promise, resolve } = withResolvers<string>();
    const { connector, notes } = noting(() => promise);
    const abort = new AbortController();
    const result = connector.execute(asked(1), requestContext({ signal: abort.signal }));
    abort.abort(new Error("Request timed out"));
    resolve("too late");
    await result;
    expect(notes.slice(1)).toEqual([["failure", "Error: Request timed out"]]);
  });

  it("may refuse before, and change nothing after", async () => {
    let runs = 0;
    const logged: unknown[] = [];
    const connector = requestResponseConnector({
      ...named,
      execute: () => {
        runs += 1;
        return "done";
      },
      before: async (request) => {
        if (request.json() === "no") throw new Error("not you");
      },
      afterSuccess: () => {
        throw new Error("at once");
      },
      afterFailure: () => Promise.reject(new Error("later")),
    });
    const context = requestContext({
      logger: { error: (...words: unknown[]) => logged.push(words) } as unknown as Logger,
    });
    await expect(connector.execute(asked("no"), context)).rejects.toThrow("not you");
    expect(runs).toBe(0);
    expect(await connector.execute(asked("yes"), context)).toBe("done");
    await expect.poll(() => logged.length).toBe(2);
  });
});

describe("several requests in one", () => {
  const connector = requestResponseConnector({
    ...named,
    batch: { maxRequests: 5 },
    execute: async (request) => {
      const value = request.json();
      if (value === "bad") throw new Error(`${request.requestId} is bad`);
      return value === "raw" ? new RawAnswer(new TextEncoder().encode("[1]"), PayloadEncoding.JSON) : value;
    },
  });
  const send = (payload: unknown) => connector.execute(asked(payload), requestContext());

  it("[C14 #58] [C16 #39] are executed each by itself, and answered in their order", async () => {
    expect(await send({ requests: [1, "bad", "raw"] })).toEqual({
      results: [
        { success: true, data: 1 },
        { success: false, error: "r#1 is bad" },
        { success: true, data: [1] },
      ],
      succeeded: 2,
      failed: 1,
    });
    expect(await send({ a: 1 })).toEqual({ a: 1 });
  });

  it("stop at a failure where that is asked", async () => {
    expect(await send({ requests: ["bad", 2, 3], stop_on_error: true, max_concurrent: 1 })).toMatchObject({
      failed: 3,
      results: [{}, { error: "not executed: a request before it failed" }, {}],
    });
  });

  it("run ten at once, or fewer", async () => {
    let [running, most] = [0, 0];
    const counting = requestResponseConnector({
      ...named,
      batch: {},
      execute: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      },
    });
    await counting.execute(asked({ requests: new Array(30).fill(1) }), requestContext());
    expect(most).toBe(10);
    most = 0;
    await counting.execute(asked({ requests: new Array(9).fill(1), max_concurrent: 3 }), requestContext());
    expect(most).toBe(3);
  });

  it.each([
    [{ requests: 3 }, "requests must be a list"],
    [{ requests: [1, 2, 3, 4, 5, 6] }, "requests must be at most 5; got 6"],
    [{ requests: [], stop_on_error: 1 }, "stop_on_error must be true or false"],
    [{ requests: [], max_concurrent: 0 }, "max_concurrent must be a whole number from 1"],
  ])("must have the right form: %j", (payload, words) => {
    expect(() => send(payload)).toThrow(words);
  });

  it("need their options to be right", () => {
    const execute = () => 1;
    expect(() => requestResponseConnector({ ...named, execute, batch: { maxConcurrent: 0 } })).toThrow(
      "batch.maxConcurrent must be",
    );
    expect(() => requestResponseConnector({ ...named, execute, before: 3 as never })).toThrow(
      "before must be a function",
    );
  });
});

it("[C14 #57] [C16 #39] a handler knows how much time it has left", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url });
  onTestFinished(async () => void (await runtime.close()));
  const { key } = runtime.add({
    tenantId: "acme",
    instanceId: "one",
    connector: requestResponseConnector({
      ...named,
      timeoutMs: 50_000,
      execute: (_request, { remainingMs }) => ({ remainingMs }),
    }),
  });
  await runtime.start();
  const { remainingMs } = (await gateway.execute(key, { payload: {} })).json() as { remainingMs: number };
  expect(remainingMs).toBeGreaterThan(0);
  expect(remainingMs).toBeLessThanOrEqual(50_000);
});
