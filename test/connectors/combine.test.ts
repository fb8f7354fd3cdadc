/** Several kinds on one registration, and functions around a handler. */
import {
  type Connector,
  ConnectorBehavior,
  type ConnectorRequest,
  combineConnectors,
  defineTool,
  jsonSchema,
  type Middleware,
  requestResponseConnector,
  toolConnector,
  use,
} from "mooring";
import { describe, expect, it } from "vitest";
import { requestContext } from "../support/request-context.js";

const asked = (capabilityId: string | undefined, value: unknown = {}): ConnectorRequest => ({
  requestId: "r",
  capabilityId,
  encoding: 1,
  bytes: new Uint8Array(),
  json: () => value,
});

const tool = (name: string, timeoutMs?: number) =>
  defineTool({
    name,
    description: `Does ${name}`,
    input: jsonSchema({ type: "object" }),
    run: () => `did ${name}`,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });

const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: (request) => request.json(),
  metadata: { owner: "us" },
});

const tools = toolConnector("tools", [tool("mow", 70)], { timeoutMs: 50 });
const whole = { type: "shop", version: "2.0.0" };

describe("connectors that are combined", () => {
  it("[C14 #10] add up, and each gets its own requests", () => {
    const both = combineConnectors({ ...whole, connectors: [tools, echo] });
    expect(both.behaviors).toEqual([ConnectorBehavior.TOOL, ConnectorBehavior.REQUEST_RESPONSE]);
    expect(both.taskTypes.map(({ taskTypeId }) => taskTypeId)).toEqual(["mow"]);
    expect(both.metadata).toMatchObject({ owner: "us", tool_count: "1", timeout_ms: "50" });
    expect(both.execute(asked("mow", { parameters: {} }), requestContext())).toBe("did mow");
    expect(both.execute(asked(undefined, { a: 1 }), requestContext())).toEqual({ a: 1 });
    expect([both.timeoutFor?.("mow"), both.timeoutFor?.(undefined), both.timeoutMs]).toEqual([
      70,
      undefined,
      undefined,
    ]);
  });

  it("each have their own limit, also for requests that name no capability", () => {
    const quick = { ...echo, timeoutMs: 1_000 };
    const both = combineConnectors({ ...whole, connectors: [tools, quick] });
    expect(["mow", "other", undefined].map((one) => both.timeoutFor?.(one))).toEqual([70, 1_000, 1_000]);
  });

  it("refuse what none of them takes", () => {
    const two = combineConnectors({
      ...whole,
      connectors: [tools, toolConnector("more", [tool("sow")])],
      metadata: { tool_schemas: "[]", tool_count: "2" },
    });
    expect(() => two.execute(asked("dig"), requestContext())).toThrow("no part of this connector takes");
    expect(() => two.execute(asked(undefined), requestContext())).toThrow("names no capability");
    expect(two.takes?.(asked("sow"))).toBe(true);
    expect(two.takes?.(asked("dig"))).toBe(false);
  });

  it("must go together", () => {
    const relay = () => ({ frame() {} });
    const wrong: readonly [Parameters<typeof combineConnectors>[0], string][] = [
      [{ ...whole, connectors: [echo] }, "at least two"],
      [{ ...whole, type: " ", connectors: [echo, tools] }, "type is required"],
      [{ ...whole, connectors: [echo, { ...echo, connectorType: "other" }] }, "both take every request"],
      [{ ...whole, connectors: [tools, tools] }, 'the capability "mow"'],
      [{ ...whole, connectors: [tools, { ...echo, metadata: { tool_count: "7" } }] }, "metadata.tool_count"],
      [
        {
          ...whole,
          connectors: [
            { ...tools, relay },
            { ...echo, relay },
          ],
        },
        "both take WebSockets",
      ],
    ];
    for (const [options, words] of wrong) expect(() => combineConnectors(options)).toThrow(words);
  });
});

describe("functions around a handler", () => {
  it("[C14 #62 #63] [C16 #45] run in order, the first one outermost, and may answer, fail or repeat instead", async () => {
    const seen: string[] = [];
    const note =
      (name: string): Middleware =>
      (_request, _context, next) => {
        seen.push(`${name} in`);
        const result = next();
        seen.push(`${name} out`);
        return result;
      };
    expect(use(echo, note("a"), note("b")).execute(asked(undefined, 7), requestContext())).toBe(7);
    expect(seen).toEqual(["a in", "b in", "b out", "a out"]);

    let tries = 0;
    const flaky = { ...echo, execute: () => (++tries < 3 ? Promise.reject(new Error("not yet")) : "done") };
    const again: Middleware = async (_request, _context, next) => {
      for (;;)
        try {
          return await next();
        } catch {
          // once more
        }
    };
    await expect(use(flaky, again).execute(asked(undefined), requestContext())).resolves.toBe("done");
    expect(tries).toBe(3);
    const cached: Middleware = () => "from the cache";
    expect(use(flaky, cached).execute(asked(undefined), requestContext())).toBe("from the cache");
    const closed: Middleware = (_request, { subject }, next) => {
      if (subject === undefined) throw new Error("sign in first");
      return next();
    };
    expect(() => use(echo, closed).execute(asked(undefined), requestContext())).toThrow("sign in first");
    expect(use(echo, closed).execute(asked(undefined, 1), requestContext({ subject: "u" }))).toBe(1);
  });

  it("keeps what a class has as methods", () => {
    class Counting implements Connector {
      readonly connectorType = "counting";
      readonly version = "1";
      readonly behaviors = [];
      readonly supportedEncodings = [];
      readonly metadata = {};
      readonly taskTypes = [];
      readonly limit = 9;
      timeoutFor() {
        return this.limit;
      }
      execute() {
        return this.limit;
      }
    }
    const one = use(new Counting(), (_request, _context, next) => next());
    expect([one.timeoutFor?.(undefined), one.execute(asked(undefined), requestContext())]).toEqual([9, 9]);
  });

  it("keeps the rest of a connector, and refuses what is no function", () => {
    expect(use(tools).timeoutFor?.("mow")).toBe(70);
    expect(() => use(echo, "log" as never)).toThrow("middleware[0]");
  });
});
