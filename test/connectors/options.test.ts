import {
  defineTool,
  type RequestResponseOptions,
  requestResponseConnector,
  type Tool,
  type ToolConnectorOptions,
  threadConnector,
  toolConnector,
} from "mooring";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const invalid = (message: string) =>
  expect.objectContaining({ code: "INVALID_CONFIG", message: expect.stringContaining(message) });

const tool = defineTool({ name: "t", description: "d", input: z.object({}), run: () => 1 });

describe("the options of a request/response connector", () => {
  const make = (changes: object) => {
    const options: RequestResponseOptions = { type: "echo", version: "1", execute: () => 1 };
    return requestResponseConnector({ ...options, ...changes });
  };

  it.each([
    [{ timeout: 3 }, 'timeout is no option of requestResponseConnector(); did you mean "timeoutMs"?'],
    [{ version: undefined }, "version is required by requestResponseConnector(): give"],
    [{ version: 1 }, "version must be a text; got a number"],
    [{ type: 5 }, "type must be a text; got a number"],
    [{ timeoutMs: "3" }, 'timeoutMs must be a number; got "3"'],
    [{ metadata: { a: 1 } }, "metadata.a must be a text; got a number"],
    [{ capabilities: {} }, "capabilities must be a list; got an object"],
  ])("are refused as %o", (changes, message) => {
    expect(() => make(changes)).toThrow(invalid(message));
  });

  it("may be an object of a class, whose other fields are its own", async () => {
    class Counter {
      readonly type = "counter";
      readonly version = "1";
      count = 0;
      execute() {
        this.count += 1;
        return this.count;
      }
    }
    const { execute } = requestResponseConnector(new Counter());
    expect([execute({} as never, {} as never), execute({} as never, {} as never)]).toEqual([1, 2]);
  });
});

describe("the options of a tool", () => {
  const make = (changes: object) =>
    defineTool({ name: "t", description: "d", input: z.object({}), run: () => 1, ...changes });

  it.each([
    [{ timeout: 3 }, 'timeout is no option of defineTool(); did you mean "timeoutMs"?'],
    [
      { input: undefined, inputs: z.object({}) },
      'inputs is no option of defineTool(); did you mean "input"?',
    ],
    [{ input: undefined }, "Tool 't' must have an input: the schema of its arguments"],
    [{ name: 5 }, "name must be a text; got a number"],
  ])("are refused as %o", (changes, message) => {
    expect(() => make(changes)).toThrow(invalid(message));
  });
});

describe("a connector of tools", () => {
  const make = toolConnector as (type: unknown, tools: unknown, options?: ToolConnectorOptions) => unknown;
  const plain: Omit<Tool, "call"> = { name: "plain", description: "d", parameters: {} };
  const misspelt: object = { timeout: 3 };

  it("takes nothing but tools", () => {
    const message = (got: string) =>
      `tools[1] of connector "x" is no tool (got ${got}): make it with defineTool().`;
    for (const wrong of [plain, { ...tool, name: 5 }])
      expect(() => make("x", [tool, wrong])).toThrow(invalid(message("an object")));
    expect(() => make("x", [tool, null])).toThrow(invalid(message("null")));
    expect(() => make("x", [tool, "t"])).toThrow(invalid(message("a text")));
    expect(() => make("x", tool)).toThrow(invalid("tools must be a list; got an object."));
    expect(() => make(5, [tool])).toThrow(invalid("type is required"));
    expect(make("x", [{ ...plain, call: () => 1 }])).toMatchObject({ connectorType: "x" });
  });

  it("refuses options that do not exist", () => {
    expect(() => toolConnector("x", [tool], misspelt)).toThrow(
      invalid('timeout is no option of toolConnector(); did you mean "timeoutMs"?'),
    );
  });
});

describe("a connector with threads", () => {
  it.each([
    [{ thread: 2 }, 'thread is no option of threadConnector(); did you mean "threads"?'],
    [{ module: undefined }, "module is required by threadConnector()"],
    [{ threads: "2" }, 'threads must be a number; got "2"'],
  ])("is refused as %o", async (changes, message) => {
    const module = new URL("file:///connectors.js");
    const given: object = changes;
    await expect(threadConnector({ module, ...given })).rejects.toEqual(invalid(message));
  });
});
