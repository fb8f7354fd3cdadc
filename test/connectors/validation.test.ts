/** The work of validating arguments is bounded, whatever they are and whoever validates. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { defineTool, jsonSchema, toolConnector } from "mooring";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { requestContext } from "../support/request-context.js";

type AnySchema = StandardSchemaV1<unknown, unknown> & StandardJSONSchemaV1<unknown, unknown>;

const ran = "ran";

function call(
  input: AnySchema,
  parameters: unknown,
  validation?: { maxValues?: number; timeoutMs?: number },
) {
  const tool = defineTool({ name: "t", description: "d", input, run: () => ran });
  const connector = toolConnector("c", [tool], validation ? { validation } : {});
  return connector.execute(
    { requestId: "r", capabilityId: "t", encoding: 1, bytes: new Uint8Array(), json: () => ({ parameters }) },
    requestContext({ capabilityId: "t" }),
  );
}

function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "It did not fail.";
}

const numbers = {
  zod: z.object({ xs: z.array(z.number()) }),
  "JSON Schema": jsonSchema({
    type: "object",
    properties: { xs: { type: "array", items: { type: "number" } } },
    required: ["xs"],
  }),
};

const items = (count: number, item: unknown = "x") => Array.from({ length: count }, () => item);

describe("arguments", () => {
  it.each(Object.entries(numbers))("with more values than the limit are refused unseen (%s)", (_, input) => {
    const message = errorOf(() => call(input, { xs: items(1_500_000) }));
    expect(message).toBe(
      "Invoke failed: [INVALID_PARAMS] tool 't': the arguments hold more than 500000 values (validation.maxValues): send fewer",
    );
    expect(errorOf(() => call(input, { xs: items(5, 1) }, { maxValues: 5 }))).toContain("more than 5 values");
    expect(call(input, { xs: items(4, 1) }, { maxValues: 6 })).toBe(ran);
  });

  it.each(Object.entries(numbers))("that are large and right pass (%s)", (_, input) => {
    expect(call(input, { xs: items(100_000, 1) }, { timeoutMs: 60_000 })).toBe(ran);
  });

  it("are told twenty faults of, and how many more there are", () => {
    const message = errorOf(() => call(numbers.zod, { xs: items(30) }));
    expect(message.match(/xs\.\d+: /g)).toHaveLength(20);
    expect(message.endsWith("; and 10 more")).toBe(true);
    const plain = errorOf(() => call(numbers["JSON Schema"], { xs: items(30) }));
    expect(plain.match(/xs\.\d+: expected a number, got a string/g)).toHaveLength(20);
    expect(plain.endsWith("; and 10 more")).toBe(true);
  });

  it("whose names are long are told in short", () => {
    const input = z.object({}).catchall(z.number());
    const message = errorOf(() => call(input, { ["n".repeat(100_000)]: "x" }));
    expect(message.length).toBeLessThan(1_000);
  });

  it("that take too long to validate are refused: a regular expression that backtracks", () => {
    const evil = { type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } };
    const long = { a: `${"a".repeat(60)}!` };
    const text = "took longer than 50 ms to validate (validation.timeoutMs)";
    expect(errorOf(() => call(jsonSchema(evil), long, { timeoutMs: 50 }))).toContain(text);
    const zod = z.object({ a: z.string().regex(/^(a+)+$/) });
    expect(errorOf(() => call(zod, long, { timeoutMs: 50 }))).toContain(text);
    expect(call(zod, { a: "aaa" })).toBe(ran);
  });

  const text = (more: object) =>
    jsonSchema({ type: "object", properties: { a: { type: "string", ...more } } });
  const letters = "a".repeat(99);

  it.each<[string, AnySchema, string]>([
    ["beside a format", text({ format: "x", pattern: "^(a+)+$" }), `${letters}!`],
    ["in place of a format's own", z.object({ a: z.email({ pattern: /^(a+)+$/ }) }), `${letters}!`],
    ["of a format of one's own", z.object({ a: z.stringFormat("x", /^(a+)+$/) }), `${letters}!`],
    ["behind a pipe", z.object({ a: z.string().pipe(z.string().regex(/^(a+)+$/)) }), `${letters}!`],
    [
      "behind a transform",
      z.object({
        a: z
          .string()
          .transform((a) => a)
          .pipe(z.string().regex(/^(a+)+$/)),
      }),
      `${letters}!`,
    ],
    ["with many places of open length", text({ pattern: "^a*a*a*a*a*a*a*b$" }), letters],
    ["with open places of kinds", text({ pattern: `^${String.raw`\w*\s*`.repeat(8)}$` }), `${letters}!`],
    ["with places between commas", text({ pattern: "^.*,.*,.*,.*,.*,.*,.*,.*;$" }), ",".repeat(99)],
    ["with groups that may be left out", text({ pattern: `^${"(?:a|a)?".repeat(40)}b$` }), letters],
    ["with letters that may be left out", text({ pattern: `^${"a?".repeat(60)}b$` }), letters],
    ["with groups repeated by number", text({ pattern: "^(?:a|a){40}b$" }), letters],
    ["with a choice within a look ahead", text({ pattern: `^(?=${"(a|a)".repeat(40)}b)` }), letters],
    ["of names", jsonSchema({ type: "object", patternProperties: { "^a*a*a*a*a*a*a*b$": {} } }), ""],
  ])("that take too long to validate are refused: a pattern %s", (_, input, a) => {
    const given = a === "" ? { [letters]: 1 } : { a };
    expect(errorOf(() => call(input, given, { timeoutMs: 50 }))).toContain("took longer than 50 ms");
  });

  const and = { type: "object", properties: { op: { const: "and" } }, required: ["op"] };
  const field = { type: "object", properties: { field: { type: "string" } }, required: ["field"] };
  const filter = (union: "anyOf" | "oneOf", ref: object) => {
    const op = (name: string) => ({ ...and, properties: { arg: ref, op: { const: name } } });
    return { [union]: [op("and"), op("or"), field] };
  };
  const step = (n: number): object => ({
    anyOf: [`#/$defs/s${n + 1}`, `#/$defs/s${n + 1}`].map(($ref) => ({ $ref })),
  });
  const rooted = (one: object) =>
    jsonSchema({ type: "object", properties: { arg: { $ref: "#/$defs/f" } }, $defs: { f: one } });

  it.each<[string, AnySchema]>([
    ["anyOf", rooted(filter("anyOf", { $ref: "#/$defs/f" }))],
    ["oneOf", rooted(filter("oneOf", { $ref: "#/$defs/f" }))],
    ["an anchor", rooted({ $anchor: "f", ...filter("anyOf", { $ref: "#f" }) })],
    ["$dynamicRef", rooted({ $dynamicAnchor: "f", ...filter("anyOf", { $dynamicRef: "#f" }) })],
    [
      "$recursiveRef",
      jsonSchema({
        $schema: "https://json-schema.org/draft/2019-09/schema",
        type: "object",
        ...filter("anyOf", { $recursiveRef: "#" }),
      }),
    ],
    [
      "steps that double without a circle",
      jsonSchema({
        type: "object",
        properties: { arg: { $ref: "#/$defs/s0" } },
        $defs: {
          ...Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`s${n}`, step(n)])),
          s40: { type: "string" },
        },
      }),
    ],
  ])("that take too long to validate are refused: choices that refer to themselves by %s", (_, input) => {
    let given: object = { op: "x" };
    for (let depth = 0; depth < 25; depth += 1) given = { op: "x", arg: given };
    expect(errorOf(() => call(input, given, { timeoutMs: 50 }))).toContain("took longer than 50 ms");
  });

  it.each([
    ["a number of any size", jsonSchema({ type: "object" })],
    ["a minimum without a type", jsonSchema({ type: "object", properties: { n: { minimum: 1 } } })],
    ["a number", jsonSchema({ type: "object", properties: { n: { type: "number" } } })],
    ["anything", z.object({ n: z.any() })],
  ])("with a number beyond all numbers are refused where the schema takes %s", (_, input) => {
    const words = "is beyond the range of a number";
    expect(errorOf(() => call(input, JSON.parse('{"n":1e999}')))).toContain(`] tool 't': n: ${words}`);
    expect(errorOf(() => call(input, JSON.parse('{"m":1,"n":[{"o":-1e999}]}')))).toContain(`n.0.o: ${words}`);
  });

  it("that take too long to validate are refused: pairs of a list that are compared", () => {
    const input = jsonSchema({
      type: "object",
      properties: { xs: { type: "array", uniqueItems: true } },
    });
    const xs = Array.from({ length: 60_000 }, (_, i) => ({ i }));
    expect(errorOf(() => call(input, { xs }, { timeoutMs: 50 }))).toContain("took longer than 50 ms");
  });

  it("that were slow for a reason nobody sees are refused afterwards, and then in time", () => {
    let rounds = 0;
    let most = 20_000_000;
    const slow: AnySchema = {
      "~standard": {
        version: 1,
        vendor: "v",
        validate: (value) => {
          for (rounds = 0; rounds < most; rounds += 1);
          return { value };
        },
        jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
      },
    };
    const tool = defineTool({ name: "t", description: "d", input: slow, run: () => ran });
    const run = () =>
      tool.call(
        {},
        { ...requestContext({ capabilityId: "t" }), metadata: {}, progress: () => {} },
        { maxValues: 10, timeoutMs: 1 },
      );
    expect(errorOf(run)).toContain("took longer than 1 ms");
    expect(rounds).toBe(most);
    most = Number.POSITIVE_INFINITY;
    expect(errorOf(run)).toContain("took longer than 1 ms");
  });

  it("of an asynchronous schema pass and fail as those of another", async () => {
    const input = z.object({ a: z.number().refine(async (a) => a > 0) });
    expect(await call(input, { a: 1 })).toBe(ran);
    await expect(call(input, { a: -1 })).rejects.toThrow("[INVALID_PARAMS]");
  });

  it("that are nested beyond measure are refused", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`);
    expect(errorOf(() => call(jsonSchema({ type: "object" }), deep))).toContain("nested deeper than 1000");
  });
});

describe("a JSON Schema by itself", () => {
  const validate = (document: Record<string, unknown>, value: unknown) =>
    jsonSchema(document)["~standard"].validate(value) as { issues?: readonly { message: string }[] };

  it("stops at the first fault of a large input", () => {
    const document = { type: "array", items: { type: "number" } };
    expect(validate(document, items(1_000_000)).issues).toEqual([
      { message: "expected a number, got a string", path: ["0"] },
    ]);
  });

  it("looks at every choice before it says no", () => {
    const list = (type: string) => ({ type: "array", items: { type } });
    const either = { anyOf: [list("number"), list("boolean"), list("string")] };
    expect(validate(either, items(20_000)).issues).toBeUndefined();
    expect(validate({ oneOf: either.anyOf }, items(20_000)).issues).toBeUndefined();
    expect(validate({ not: list("number") }, items(20_000)).issues).toBeUndefined();
    expect(validate(either, [...items(20_000), 1]).issues).toMatchObject([
      { message: expect.stringContaining("fits none of its forms"), path: [] },
    ]);
    expect(validate({ oneOf: [list("string"), {}] }, items(20_000)).issues?.at(-1)?.message).toContain(
      "one form alone",
    );
  });

  it("overflows nothing", () => {
    const tree = { type: "object", properties: { a: { $ref: "#" } } };
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}{}${"}".repeat(50_000)}`);
    expect(validate(tree, deep).issues).toEqual([{ message: "is nested too deeply" }]);
  });
});

describe("the limits of validation", () => {
  it.each([
    [{ maxValues: 0 }, 'validation.maxValues of connector "c" must be a number from 1'],
    [{ timeoutMs: 0 }, 'validation.timeoutMs of connector "c" must be a number from 1'],
    [{ timeoutMs: "1" as never }, "validation.timeoutMs must be a number"],
    [{ maxvalues: 1 } as never, 'did you mean "validation.maxValues"?'],
  ])("are checked (%j)", (validation, text) => {
    expect(() => call(numbers.zod, {}, validation)).toThrow(text);
  });
});
