import { defineTool, jsonSchema, ToolError, toolConnector } from "mooring";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ToolCallContext } from "../../src/connectors/tools/tool-context.js";
import { withResolvers } from "../../src/with-resolvers.js";
import { requestContext } from "../support/request-context.js";

const input = jsonSchema({ type: "object" });
const context = (signal = new AbortController().signal) =>
  new ToolCallContext(requestContext({ capabilityId: "t", signal }), {});
const failureOf = (call: () => unknown) =>
  Promise.resolve()
    .then(call)
    .catch((error: unknown) => error);

describe("checkOutput", () => {
  const output = z.object({ sum: z.number() });
  const tool = (result: unknown, checkOutput: boolean) =>
    defineTool({ name: "t", description: "d", input, output, checkOutput, run: () => result as never });

  it("fails a result that does not fit, and names the field", async () => {
    const wrong = await failureOf(() => tool({ sum: "x" }, true).call({}, context()));
    expect(wrong).toBeInstanceOf(ToolError);
    expect(wrong).toMatchObject({ code: "INVALID_RESULT", message: expect.stringContaining("sum: ") });
    const late = await failureOf(() => tool(Promise.resolve({}), true).call({}, context()));
    expect(late).toMatchObject({ code: "INVALID_RESULT" });
  });

  it("sends what the schema makes of it; without it the result goes out as it is", async () => {
    expect(await tool({ sum: 1, more: 2 }, true).call({}, context())).toEqual({ sum: 1 });
    expect(await tool({ sum: "x" }, false).call({}, context())).toEqual({ sum: "x" });
  });

  it("needs an output schema", () => {
    expect(() => defineTool({ name: "t", description: "d", input, checkOutput: true, run: () => 1 })).toThrow(
      "checkOutput needs output",
    );
  });
});

describe("concurrency", () => {
  function gated() {
    const begun: (() => void)[] = [];
    const tool = defineTool({
      name: "t",
      description: "d",
      input,
      concurrency: 2,
      run: () => {
        const { promise, resolve } = withResolvers<void>();
        begun.push(() => resolve());
        return promise;
      },
    });
    return { tool, begun };
  }

  it("lets so many run, and the others wait in their order", async () => {
    const { tool, begun } = gated();
    const calls = [1, 2, 3, 4].map(() => tool.call({}, context()));
    await expect.poll(() => begun.length).toBe(2);
    begun[0]?.();
    await calls[0];
    await expect.poll(() => begun.length).toBe(3);
    begun[1]?.();
    begun[2]?.();
    await expect.poll(() => begun.length).toBe(4);
    begun[3]?.();
    await Promise.all(calls);
  });

  it("gives no turn to a call that was given up while it waited, nor after a failure", async () => {
    const { tool, begun } = gated();
    const running = [tool.call({}, context()), tool.call({}, context())];
    const cancel = new AbortController();
    const given = failureOf(() => tool.call({}, context(cancel.signal)));
    const last = tool.call({}, context());
    cancel.abort(new Error("given up"));
    expect(await given).toMatchObject({ message: "given up" });
    begun[0]?.();
    await expect.poll(() => begun.length).toBe(3);
    for (const end of begun) end();
    await Promise.all([...running, last]);
  });

  it.each([0, -1, Number.NaN])("of %d is refused", (concurrency) => {
    expect(() => defineTool({ name: "t", description: "d", input, concurrency, run: () => 1 })).toThrow(
      /concurrency/,
    );
  });
});

it("annotations go out with the schema", () => {
  const tool = defineTool({
    name: "t",
    description: "d",
    input,
    annotations: { readOnlyHint: true },
    run: () => 1,
  });
  const { metadata } = toolConnector("x", [tool]);
  expect(JSON.parse(metadata.tool_schemas ?? "")).toMatchObject([{ annotations: { readOnlyHint: true } }]);
});
