import {
  type Connector,
  ConnectorBehavior,
  defineTool,
  jsonSchema,
  PayloadEncoding,
  type RequestResponseOptions,
  requestResponseConnector,
  toolConnector,
} from "mooring";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkRange } from "../../src/options/ranges.js";
import { timeRow } from "../../src/options/rows.js";
import { executionWith, Recorder, request, valueIn } from "../support/work-rig.js";

/** Whoever tries to change what it says of itself is told so. */
const isFixed = ({ behaviors, supportedEncodings, metadata, taskTypes }: Connector): boolean =>
  [behaviors, supportedEncodings, metadata, taskTypes, ...taskTypes].every(Object.isFrozen);

describe("a request/response connector", () => {
  it("[C14 #9 #64] [C16 #13 #46] has the defaults of its kind", () => {
    expect(requestResponseConnector({ type: "echo", version: "1.0.0", execute: () => 1 })).toMatchObject({
      connectorType: "echo",
      version: "1.0.0",
      behaviors: [ConnectorBehavior.REQUEST_RESPONSE],
      supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
      metadata: {},
      taskTypes: [],
    });
  });

  it("[C14 #9 #11] passes on what it is given", () => {
    const task = { taskTypeId: "t", name: "t", description: "d" };
    expect(
      requestResponseConnector({
        type: "echo",
        version: "1.0.0",
        execute: () => 1,
        capabilities: [task],
        metadata: { icon: "x" },
        supportedEncodings: [PayloadEncoding.MSGPACK],
        timeoutMs: 7,
      }),
    ).toMatchObject({ taskTypes: [task], metadata: { icon: "x" }, supportedEncodings: [6], timeoutMs: 7 });
  });

  it("says what it said at first, whatever becomes of what it was given", () => {
    const task = { taskTypeId: "t", name: "t", description: "d" };
    const capabilities = [task];
    const metadata: Record<string, string> = { icon: "x" };
    const supportedEncodings: PayloadEncoding[] = [PayloadEncoding.JSON];
    const options = { type: "echo", version: "1.0.0", execute: () => 1 };
    const connector = requestResponseConnector({ ...options, capabilities, metadata, supportedEncodings });
    task.name = "changed";
    capabilities.length = 0;
    metadata.icon = "changed";
    supportedEncodings.length = 0;
    expect(connector).toMatchObject({
      taskTypes: [{ taskTypeId: "t", name: "t", description: "d" }],
      metadata: { icon: "x" },
      supportedEncodings: [PayloadEncoding.JSON],
    });
    expect(isFixed(connector)).toBe(true);
  });

  const impossible: [RequestResponseOptions, string][] = [
    [{ type: " ", version: "1", execute: () => 1 }, "type is required"],
    [{ type: "x", version: "1", execute: "no" as never }, "execute is required"],
    [{ type: "x", version: "1", execute: () => 1, timeoutMs: 0 }, "timeoutMs must be a number from 1"],
  ];
  it.each(impossible)("refuses what cannot work, naming it", (options, text) => {
    expect(() => requestResponseConnector(options)).toThrow(text);
  });

  it("hands out raw bytes that are no text", () => {
    const seen: Uint8Array[] = [];
    const { execution } = executionWith(() => 0, {
      connector: requestResponseConnector({
        type: "x",
        version: "1",
        execute: ({ bytes, encoding }): unknown => {
          seen.push(bytes);
          return encoding;
        },
      }),
    });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch({ ...request("r"), payload: new Uint8Array([0, 200, 255]), payloadEncoding: 2 });
    expect(seen).toEqual([new Uint8Array([0, 200, 255])]);
    expect(valueIn(stream.answers[0]!)).toBe(2);
  });
});

describe("time limits of connectors", () => {
  it.each([Number.NaN, -1, 0, Number.POSITIVE_INFINITY, 2 ** 31])("are never %d", (ms) => {
    expect(() => checkRange("timeoutMs", ms, timeRow(1, { says: "" }))).toThrow("timeoutMs must be");
  });

  it.each([undefined, 1, 2 ** 31 - 1])("may be %s", (ms) => {
    expect(() => checkRange("timeoutMs", ms, timeRow(1, { says: "" }))).not.toThrow();
  });
});

describe("the options of one tool", () => {
  const input = z.object({});

  it("go before those of the connector", () => {
    const own = defineTool({
      name: "own",
      description: "d",
      input,
      output: z.object({ sum: z.number() }),
      timeoutMs: 50,
      category: "math",
      icon: "hero-plus",
      run: () => ({ sum: 1 }),
    });
    const plain = defineTool({ name: "plain", description: "d", input, run: () => 1 });
    const connector = toolConnector("c", [own, plain], { category: "all", icon: "hero-x", timeoutMs: 900 });
    expect(connector.taskTypes).toMatchObject([
      { category: "math", icon: "hero-plus" },
      { category: "all", icon: "hero-x", outputSchemaJson: "{}" },
    ]);
    expect(JSON.parse(connector.taskTypes[0]?.outputSchemaJson ?? "")).toMatchObject({
      type: "object",
      properties: { sum: { type: "number" } },
      required: ["sum"],
    });
    expect([connector.timeoutFor?.("own"), connector.timeoutFor?.("plain"), connector.timeoutMs]).toEqual([
      50,
      undefined,
      900,
    ]);
  });

  it("are checked", () => {
    expect(() => defineTool({ name: "x", description: "d", input, timeoutMs: -1, run: () => 1 })).toThrow(
      "Tool 'x': timeoutMs must be a number",
    );
    expect(() => defineTool({ name: "x", description: "d", input, run: undefined as never })).toThrow(
      "must have a run function",
    );
    expect(() =>
      defineTool({ name: "x", description: "d", input: z.object({ at: z.date() }), run: () => 1 }),
    ).toThrow("Tool 'x': its input schema has no JSON form");
    expect(() => defineTool({ name: "x", description: "d", input: {} as never, run: () => 1 })).toThrow(
      "cannot print a JSON Schema",
    );
  });
});

describe("a plain JSON Schema", () => {
  const schema = jsonSchema({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://example.com/one",
    type: "object",
    properties: {
      q: { type: "string", format: "of-nobody" },
      n: { type: "integer", default: 3 },
      "a/b": { type: "array", items: { type: "number" } },
    },
    required: ["q"],
  });
  const validate = (value: unknown) => schema["~standard"].validate(value);

  it("fills in defaults without touching what it was given", () => {
    const given = { q: "x" };
    expect(validate(given)).toEqual({ value: { q: "x", n: 3 } });
    expect(given).toEqual({ q: "x" });
  });

  it("names every field that is wrong", () => {
    expect(validate({ n: "y", "a/b": [1, "z"] })).toMatchObject({
      issues: expect.arrayContaining([
        expect.objectContaining({ path: ["q"] }),
        expect.objectContaining({ path: ["n"] }),
        expect.objectContaining({ path: ["a/b", "1"] }),
      ]),
    });
  });

  it("may be given twice, and is advertised without its dialect", () => {
    expect(() => jsonSchema({ $id: "https://example.com/one", type: "object" })).not.toThrow();
    const tool = defineTool({ name: "t", description: "d", input: schema, run: () => 1 });
    expect(tool.parameters).not.toHaveProperty("$schema");
    expect(tool.parameters).toMatchObject({ type: "object", required: ["q"] });
  });
});

describe("a tool's way of answering", () => {
  it("may be anything that can be waited for", async () => {
    const later = (
      settle: (yes: (v: unknown) => void, no: (e: unknown) => void) => void,
    ): PromiseLike<unknown> => ({
      // biome-ignore lint/suspicious/noThenProperty: a promise that is no Promise
      then: (yes, no) => {
        settle(yes as never, no as never);
        return Promise.resolve() as never;
      },
    });
    const tool = defineTool({
      name: "t",
      description: "d",
      input: z.object({ fail: z.boolean().default(false) }),
      run: ({ fail }) => later((yes, no) => (fail ? no(new Error("not today")) : yes(undefined))),
    });
    const { execution } = executionWith(() => 0, { connector: toolConnector("c", [tool]) });
    const stream = new Recorder();
    execution.attach(stream);
    execution.dispatch(request("ok", { parameters: {} }, { capabilityId: "t" }));
    execution.dispatch(request("bad", { parameters: { fail: true } }, { capabilityId: "t" }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.answers.map(({ requestId, success, error }) => [requestId, success, error])).toEqual(
      expect.arrayContaining([
        ["ok", true, ""],
        ["bad", false, "Invoke failed: tool 't': not today"],
      ]),
    );
    execution.close();
  });

  it("decodes documents and booleans of the context, and leaves an id of digits alone", () => {
    let seen: unknown;
    const look = defineTool({
      name: "look",
      description: "d",
      input: z.object({}),
      run: (_, { metadata }) => {
        seen = metadata;
      },
    });
    const { execution } = executionWith(() => 0, { connector: toolConnector("c", [look]) });
    const context = {
      user_id: "00123",
      tenant_id: "12345678901234567890",
      agent_context: "[1]",
      flag: "false",
      odd: "{",
    };
    execution.dispatch(request("r", {}, { capabilityId: "look", context }));
    expect(seen).toEqual({ ...context, agent_context: [1], flag: false });
  });
});
