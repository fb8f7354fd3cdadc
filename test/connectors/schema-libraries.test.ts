/** What tools say and take, written with the three libraries of schemas. */
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type as ark } from "arktype";
import { defineTool, type ToolSchema } from "mooring";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { ToolCallContext } from "../../src/connectors/tools/tool-context.js";
import { requestContext } from "../support/request-context.js";

const valibot = (schema: Parameters<typeof toStandardJsonSchema>[0]) =>
  toStandardJsonSchema(schema) as unknown as ToolSchema;

interface Case {
  readonly zod: ToolSchema;
  readonly valibot?: ToolSchema;
  readonly arktype?: ToolSchema;
  readonly good: unknown;
  readonly bad: unknown;
  /** The field that is named. */
  readonly at: string;
}

interface Tree {
  readonly name: string;
  readonly kids: readonly Tree[];
}
const zodTree: z.ZodType<Tree> = z.object({
  name: z.string(),
  get kids() {
    return z.array(zodTree);
  },
});

const cases: Readonly<Record<string, Case>> = {
  "a nested object": {
    zod: z.object({ a: z.object({ b: z.number() }) }),
    valibot: valibot(v.object({ a: v.object({ b: v.number() }) })),
    arktype: ark({ a: { b: "number" } }) as unknown as ToolSchema,
    good: { a: { b: 1 } },
    bad: { a: { b: "x" } },
    at: "a.b",
  },
  "an optional field": {
    zod: z.object({ a: z.string().optional() }),
    valibot: valibot(v.object({ a: v.optional(v.string()) })),
    arktype: ark({ "a?": "string" }) as unknown as ToolSchema,
    good: {},
    bad: { a: 1 },
    at: "a",
  },
  "an enumeration": {
    zod: z.object({ a: z.enum(["x", "y"]) }),
    valibot: valibot(v.object({ a: v.picklist(["x", "y"]) })),
    arktype: ark({ a: "'x'|'y'" }) as unknown as ToolSchema,
    good: { a: "y" },
    bad: { a: "z" },
    at: "a",
  },
  "a tuple": {
    zod: z.object({ a: z.tuple([z.string(), z.number()]) }),
    valibot: valibot(v.object({ a: v.strictTuple([v.string(), v.number()]) })),
    arktype: ark({ a: ["string", "number"] }) as unknown as ToolSchema,
    good: { a: ["x", 1] },
    bad: { a: ["x", "y"] },
    at: "a",
  },
  "a union at the root": {
    zod: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), n: z.number() }),
      z.object({ kind: z.literal("b"), s: z.string() }),
    ]),
    valibot: valibot(
      v.variant("kind", [
        v.object({ kind: v.literal("a"), n: v.number() }),
        v.object({ kind: v.literal("b"), s: v.string() }),
      ]),
    ),
    arktype: ark({ kind: "'a'", n: "number" }).or({ kind: "'b'", s: "string" }) as unknown as ToolSchema,
    good: { kind: "b", s: "x" },
    bad: { kind: "b", s: 1 },
    at: "s",
  },
  "a recursive object": {
    zod: zodTree as unknown as ToolSchema,
    good: { name: "a", kids: [{ name: "b", kids: [] }] },
    bad: { name: "a", kids: [{ name: 1, kids: [] }] },
    at: "kids.0.name",
  },
  "a date as its text": {
    zod: z.object({ on: z.iso.date() }),
    valibot: valibot(v.object({ on: v.pipe(v.string(), v.isoDate()) })),
    good: { on: "2026-02-03" },
    bad: { on: "tomorrow" },
    at: "on",
  },
};

const all = Object.entries(cases).flatMap(([name, { good, bad, at, ...libraries }]) =>
  Object.entries(libraries).map(([library, input]) => ({ name, library, input, good, bad, at })),
);

const context = () => new ToolCallContext(requestContext({ capabilityId: "t" }), {});

describe.each(all)("$name of $library", ({ input, good, bad, at }) => {
  const tool = defineTool({ name: "t", description: "d", input, run: (value) => value });

  it("[C14 #40] is told as an object that plain JSON can say", () => {
    expect(tool.parameters.type).toBe("object");
    expect(JSON.parse(JSON.stringify(tool.parameters))).toEqual(tool.parameters);
  });

  it("[C14 #61] [C17 #12] takes what fits, and names the field that does not", async () => {
    expect(await tool.call(good, context())).toEqual(good);
    const failure = await Promise.resolve()
      .then(() => tool.call(bad, context()))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "INVALID_PARAMS", message: expect.stringContaining(at) });
  });
});

describe("a default", () => {
  const schemas = {
    zod: z.object({ n: z.number().default(3) }) as unknown as ToolSchema,
    valibot: valibot(v.object({ n: v.optional(v.number(), 3) })),
    arktype: ark({ n: "number = 3" }) as unknown as ToolSchema,
  };
  it.each(Object.entries(schemas))(
    "[C14 #40] [C16 #24] of %s is filled in, and makes nothing required",
    async (_, input) => {
      const tool = defineTool({ name: "t", description: "d", input, run: (value) => value });
      expect(await tool.call({}, context())).toEqual({ n: 3 });
      expect(tool.parameters.required ?? []).not.toContain("n");
    },
  );
});

it("a Date, which no JSON is, is refused when the tool is defined", () => {
  const define = () =>
    defineTool({ name: "t", description: "d", input: z.object({ on: z.date() }), run: () => 1 });
  expect(define).toThrow(/Tool 't': its input schema has no JSON form/);
});
