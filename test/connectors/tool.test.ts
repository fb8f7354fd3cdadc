import { defineTool, jsonSchema, ToolError, toolConnector } from "mooring";
import { describe, expect, expectTypeOf, it } from "vitest";
import { z } from "zod";
import { failureAnswer } from "../../src/execution/answers.js";
import { requestContext } from "../support/request-context.js";
import { answerIn, valueIn } from "../support/work-rig.js";

const pair = z.object({
  a: z.number().describe("First"),
  op: z.enum(["add", "sub"]).optional(),
  n: z.number().int().default(1),
});
const calc = defineTool({ name: "calc", description: "Calculates", input: pair, run: (input) => input });

const context = requestContext({
  context: { tenant_id: "t", agent_execution: "true", agent_context: '{"x":1}' },
});

function call(
  connector: ReturnType<typeof toolConnector>,
  capabilityId: string | undefined,
  envelope: unknown,
): unknown {
  const request = {
    requestId: "r",
    capabilityId,
    encoding: 1 as const,
    bytes: new Uint8Array(),
    json: () => envelope,
  };
  return connector.execute(request, { ...context, capabilityId });
}

const errorOf = async (act: () => unknown): Promise<Error> => {
  try {
    await act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("It did not fail.");
};

describe("tools", () => {
  it("are said to the gateway once: what is said is fixed", () => {
    const { behaviors, supportedEncodings, metadata, taskTypes } = toolConnector("calculator", [calc]);
    const said = [behaviors, supportedEncodings, metadata, taskTypes, ...taskTypes];
    expect(said.map(Object.isFrozen)).toEqual(said.map(() => true));
  });

  it("[C14 #16 #41] [C16 #27 #28 #29] are advertised in the exact wire form", () => {
    const connector = toolConnector("calculator", [calc], {
      version: "2.0.0",
      timeoutMs: 100,
      category: "math",
      icon: "hero-x",
      metadata: { vendor: "v" },
    });
    const parameters = {
      type: "object",
      properties: {
        a: { type: "number", description: "First" },
        op: { type: "string", enum: ["add", "sub"] },
        n: {
          type: "integer",
          default: 1,
          minimum: Number.MIN_SAFE_INTEGER,
          maximum: Number.MAX_SAFE_INTEGER,
        },
      },
      required: ["a"],
    };
    expect(JSON.parse(connector.metadata.tool_schemas ?? "")).toEqual([
      { name: "calc", description: "Calculates", parameters },
    ]);
    expect(connector).toMatchObject({
      connectorType: "calculator",
      version: "2.0.0",
      behaviors: [3],
      supportedEncodings: [1, 2],
      timeoutMs: 100,
      metadata: { vendor: "v", tool_count: "1", timeout_ms: "100" },
      taskTypes: [
        {
          taskTypeId: "calc",
          name: "calc",
          description: "Calculates",
          category: "math",
          icon: "hero-x",
          outputSchemaJson: "{}",
        },
      ],
    });
    expect(JSON.parse(connector.taskTypes[0]?.inputSchemaJson ?? "")).toEqual(parameters);
  });

  it("fail in the form of tools whatever they throw", async () => {
    const bare = defineTool({
      name: "bare",
      description: "d",
      input: z.object({}),
      run: () => {
        throw Object.create(null);
      },
    });
    const error = await errorOf(() => call(toolConnector("c", [bare]), "bare", {}));
    expect(error.message).toBe("Invoke failed: tool 'bare': tool error");
  });

  it("[C16 #24] leave out an empty list of required fields", () => {
    const none = defineTool({
      name: "n",
      description: "d",
      input: z.object({ x: z.string().optional() }),
      run: () => 1,
    });
    expect(none.parameters).toEqual({ type: "object", properties: { x: { type: "string" } } });
  });

  it("[C14 #41] [C16 #30 #32] [C17 #12] are called with their validated arguments, defaults filled in; args is an alternative to parameters", () => {
    const connector = toolConnector("c", [calc]);
    expect(call(connector, "calc", { tool: "calc", parameters: { a: 2 } })).toEqual({ a: 2, n: 1 });
    expect(call(connector, "calc", { args: { a: 3, n: 4 } })).toEqual({ a: 3, n: 4 });
  });

  it("[C16 #32] [C17 #18] see the request's metadata, and the context with its JSON decoded", () => {
    let seen: unknown;
    const look = defineTool({
      name: "look",
      description: "d",
      input: z.object({}),
      run: (_, ctx) => {
        seen = ctx.metadata;
      },
    });
    expect(call(toolConnector("c", [look]), "look", { metadata: { user_id: "u" } })).toEqual({});
    expect(seen).toEqual({ tenant_id: "t", agent_execution: true, agent_context: { x: 1 }, user_id: "u" });
  });

  it("[C14 #39] [C16 #25 #30 #31] [C17 #18] fail in the texts that peers parse, with the code also in the payload", async () => {
    const failing = (error: unknown) =>
      toolConnector("c", [
        defineTool({ name: "f", description: "d", input: z.object({}), run: () => Promise.reject(error) }),
      ]);
    const coded = await errorOf(() => call(failing(new ToolError("NOPE", "not now")), "f", {}));
    expect(coded.message).toBe("Invoke failed: [NOPE] tool 'f': not now");
    expect(valueIn(answerIn(failureAnswer("r", coded, 0).message))).toEqual({
      error: coded.message,
      success: false,
      code: "NOPE",
    });
    expect((await errorOf(() => call(failing(new Error("plain")), "f", {}))).message).toBe(
      "Invoke failed: tool 'f': plain",
    );
    expect((await errorOf(() => call(failing(new Error("")), "f", {}))).message).toBe(
      "Invoke failed: tool 'f': tool error",
    );
    const connector = toolConnector("c", [calc]);
    expect(
      (await errorOf(() => call(connector, "calc", { parameters: { a: "x", n: 0.5 } }))).message,
    ).toMatch(/^Invoke failed: \[INVALID_PARAMS\] tool 'calc': a: .*; n: /);
    const named = defineTool({
      name: "named",
      description: "d",
      input: z.object({ a: z.string().min(1) }),
      run: () => 1,
    });
    const empty = await errorOf(() => call(toolConnector("c", [named]), "named", { parameters: { a: "" } }));
    expect(empty.message).toContain("a: expected at least 1 character, got");
    const bare = await errorOf(() => call(connector, "calc", { a: 1, n: 1 }));
    expect(bare.message).toContain('; the payload has no "parameters": arguments go there');
    expect((await errorOf(() => call(connector, "other", {}))).message).toContain(
      "[UNKNOWN_TOOL] tool 'other'",
    );
    expect((await errorOf(() => call(connector, undefined, {}))).message).toBe(
      "Invalid configuration: TOOL connector invocation is missing capability_id (tool name)",
    );
  });

  it("[C16 #26] refuse definitions that cannot work, naming the fault", () => {
    const input = z.object({});
    const run = () => 1;
    expect(() => defineTool({ name: " ", description: "d", input, run })).toThrow(
      "Tool name cannot be empty",
    );
    expect(() => defineTool({ name: "x", description: "", input, run })).toThrow(
      "Tool 'x' must have a description",
    );
    expect(() => defineTool({ name: "x", description: "d", input: z.string() as never, run })).toThrow(
      "must describe an object; it describes string",
    );
    expect(() =>
      defineTool({
        name: "x",
        description: "d",
        input: { "~standard": { version: 1, vendor: "v", validate: () => ({ value: 1 }) } } as never,
        run,
      }),
    ).toThrow("cannot print a JSON Schema");
    expect(() => toolConnector("c", [])).toThrow("ToolConnector must define at least one tool");
    expect(() => toolConnector("c", [calc, calc])).toThrow("Tool 'calc' is defined twice");
    expect(() => jsonSchema({ type: "nonsense" })).toThrow("The JSON Schema cannot be used");
  });

  it("infer the argument of run from the input", () => {
    defineTool({
      name: "typed",
      description: "d",
      input: pair,
      run: (input) => {
        expectTypeOf(input).toEqualTypeOf<{ a: number; op?: "add" | "sub" | undefined; n: number }>();
        return null;
      },
    });
    defineTool({
      name: "plain",
      description: "d",
      input: jsonSchema<{ q: string }>({ type: "object", properties: { q: { type: "string" } } }),
      run: ({ q }) => {
        expectTypeOf(q).toEqualTypeOf<string>();
        return null;
      },
    });
  });
});

it("a tool may be an instance of a class with fields of its own", () => {
  class Cached {
    readonly name = "cached";
    readonly description = "Keeps what it has seen";
    readonly input = pair;
    readonly cache = new Map();
    run(): number {
      return 1;
    }
  }
  expect(defineTool(new Cached()).name).toBe("cached");
});
