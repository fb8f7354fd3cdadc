/** Tools over a real stream, called with what nobody should send, and answering with what JSON cannot hold. */
import { defineTool, jsonSchema, requestResponseConnector, toolConnector } from "mooring";
import { startTestBench, type TestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const key = "t.tools.one";

const results: Readonly<Record<string, () => unknown>> = {
  map: () => ({ rows: [new Map([["a", 1]])] }),
  bytes: () => ({ image: new Uint8Array(3) }),
  fine: () => ({ ok: true }),
};

const list = defineTool({
  name: "list",
  description: "Takes numbers",
  input: z.object({ xs: z.array(z.number()) }),
  run: ({ xs }) => xs.length,
});
const plain = defineTool({
  name: "plain",
  description: "Takes numbers, too",
  input: jsonSchema<{ xs: readonly number[] }>({
    type: "object",
    properties: { xs: { type: "array", items: { type: "number" } } },
  }),
  run: ({ xs }) => xs.length,
});
const give = defineTool({
  name: "give",
  description: "Answers with what is asked for",
  input: z.object({ what: z.enum(["map", "bytes", "fine"]) }),
  run: ({ what }) => results[what]?.(),
});
const look = defineTool({
  name: "look",
  description: "Says what it sees of the context",
  input: z.object({}),
  run: (_, { context, metadata }) => ({
    constructor: context.constructor,
    admin: String((metadata as { admin?: unknown }).admin),
    names: Object.keys(metadata),
  }),
});
const tools = toolConnector("tools", [list, plain, give, look]);

const bench = () =>
  startTestBench({ registrations: [{ tenantId: "t", instanceId: "one", connector: tools }] });

const call = (
  on: TestBench,
  capabilityId: string,
  parameters: unknown,
  context: Record<string, string> = {},
) => on.gateway.execute(key, { capabilityId, payload: { parameters }, context });

describe("tools", () => {
  it.each(["list", "plain"])("refuse a million wrong items and serve the next call (%s)", async (name) => {
    await using on = await bench();
    const wrong = Array.from({ length: 1_000_000 }, () => "x");
    const answer = await call(on, name, { xs: wrong });
    expect(answer.error).toBe(
      `Invoke failed: [INVALID_PARAMS] tool '${name}': the arguments hold more than 500000 values (validation.maxValues): send fewer`,
    );
    expect((await call(on, name, { xs: [1, 2] })).json()).toBe(2);
  });

  it("answer what JSON cannot hold with a failure that names the place", async () => {
    await using on = await bench();
    expect((await call(on, "give", { what: "map" })).error).toContain("rows.0 is a Map");
    expect((await call(on, "give", { what: "bytes" })).error).toContain("image is bytes (Uint8Array)");
    expect((await call(on, "give", { what: "fine" })).json()).toEqual({ ok: true });
  });

  it("take names that every object has for names", async () => {
    await using on = await bench();
    for (const name of ["__proto__", "constructor", "toString"])
      expect((await call(on, name, {})).error).toContain(`[UNKNOWN_TOOL] tool '${name}'`);
    const context = JSON.parse('{"__proto__":"{\\"admin\\":true}","constructor":"c","toString":"t"}');
    const seen = (await call(on, "look", {}, context)).json();
    expect(seen).toMatchObject({ constructor: "c", admin: "undefined" });
  });
});

describe("any connector", () => {
  it("is not given JSON that is nested beyond measure", async () => {
    const echo = requestResponseConnector({ type: "tools", version: "1", execute: (one) => one.json() });
    await using on = await startTestBench({
      registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    });
    const payload = new TextEncoder().encode("[".repeat(1_000_000) + "]".repeat(1_000_000));
    expect((await on.gateway.execute(key, { payload })).error).toBe(
      "Deserialization error: JSON deserialization failed: nested deeper than 10000 levels",
    );
    await expect(on.gateway.execute(key, { payload: { when: new Map() } })).rejects.toThrow("when is a Map");
  });
});
