/** What an agent is told of wrong arguments: where, what is expected, what is there; alike whichever library says it. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import { type as ark } from "arktype";
import { defineTool, jsonSchema, type ToolSchema, toolConnector } from "mooring";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { requestContext } from "../support/request-context.js";

type AnySchema = StandardSchemaV1<unknown, unknown> & StandardJSONSchemaV1<unknown, unknown>;

const valibot = (schema: Parameters<typeof toStandardJsonSchema>[0]) =>
  toStandardJsonSchema(schema) as unknown as AnySchema;

/** What Valibot cannot print is told by hand. */
const unprinted = (schema: { readonly "~standard": object }) =>
  ({
    "~standard": {
      ...schema["~standard"],
      jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
    },
  }) as unknown as AnySchema;
const arktype = (schema: unknown) => schema as AnySchema;

/** What the answer says after the name of the tool, issue by issue. */
async function told(input: AnySchema, parameters: unknown): Promise<readonly string[]> {
  const tool = defineTool({ name: "t", description: "d", input: input as ToolSchema, run: () => "ran" });
  const connector = toolConnector("c", [tool]);
  const failure = await Promise.resolve()
    .then(() =>
      connector.execute(
        {
          requestId: "r",
          capabilityId: "t",
          encoding: 1,
          bytes: new Uint8Array(),
          json: () => ({ parameters }),
        },
        requestContext({ capabilityId: "t" }),
      ),
    )
    .catch((error: Error) => error.message);
  const [, text = String(failure)] =
    /^Invoke failed: \[INVALID_PARAMS\] tool 't': (.*)$/s.exec(String(failure)) ?? [];
  return text.split("; ");
}

const item = { type: "object", properties: { q: { type: "number" } }, required: ["q"] };
const shape = (kind: string, field: string, type: string) => ({
  properties: { kind: { const: kind }, [field]: { type } },
  required: ["kind", field],
});

/** The same arguments in four languages. */
const schemas: Readonly<Record<string, AnySchema>> = {
  zod: z.strictObject({
    n: z.number(),
    e: z.enum(["x", "y"]),
    u: z.union([z.string(), z.number()]),
    d: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("a"), n: z.number() }),
      z.object({ kind: z.literal("b"), s: z.string() }),
    ]),
    list: z.array(z.object({ q: z.number() })),
    i: z.int().min(1).max(5),
    code: z.string().min(3),
    pattern: z.string().regex(/^a+$/),
    five: z.literal(5),
    pair: z.tuple([z.string(), z.number()]),
    record: z.record(z.string(), z.number()),
    m: z.string(),
  }),
  valibot: valibot(
    v.strictObject({
      n: v.number(),
      e: v.picklist(["x", "y"]),
      u: v.union([v.string(), v.number()]),
      d: v.variant("kind", [
        v.object({ kind: v.literal("a"), n: v.number() }),
        v.object({ kind: v.literal("b"), s: v.string() }),
      ]),
      list: v.array(v.object({ q: v.number() })),
      i: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(5)),
      code: v.pipe(v.string(), v.minLength(3)),
      pattern: v.pipe(v.string(), v.regex(/^a+$/)),
      five: v.literal(5),
      pair: v.strictTuple([v.string(), v.number()]),
      record: v.record(v.string(), v.number()),
      m: v.string(),
    }),
  ),
  arktype: arktype(
    ark({
      "+": "reject",
      n: "number",
      e: "'x'|'y'",
      u: "string|number",
      d: ark({ kind: "'a'", n: "number" }).or({ kind: "'b'", s: "string" }),
      list: ark({ q: "number" }).array(),
      i: "1<=number.integer<=5",
      code: "string>=3",
      pattern: "/^a+$/",
      five: "5",
      pair: ["string", "number"],
      record: { "[string]": "number" },
      m: "string",
    }),
  ),
  "JSON Schema": jsonSchema({
    type: "object",
    additionalProperties: false,
    required: ["n", "e", "u", "d", "list", "i", "code", "pattern", "five", "pair", "record", "m"],
    properties: {
      n: { type: "number" },
      e: { enum: ["x", "y"] },
      u: { type: ["string", "number"] },
      d: { type: "object", oneOf: [shape("a", "n", "number"), { $ref: "#/$defs/b" }] },
      list: { type: "array", items: item },
      i: { type: "integer", minimum: 1, maximum: 5 },
      code: { type: "string", minLength: 3 },
      pattern: { type: "string", pattern: "^a+$" },
      five: { const: 5 },
      pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
      record: { type: "object", additionalProperties: { type: "number" } },
      m: { type: "string" },
    },
    $defs: { b: shape("b", "s", "string") },
  }) as AnySchema,
};

const right = {
  n: 1,
  e: "x",
  u: "u",
  d: { kind: "b", s: "s" },
  list: [{ q: 1 }],
  i: 1,
  code: "abc",
  pattern: "a",
  five: 5,
  pair: ["p", 1],
  record: { a: 1 },
  m: "m",
};

/** `m` is left out where that is what is wrong. */
const { m: _m, ...withoutM } = right;

const secret = "planted-secret-word";

const wrong: readonly (readonly [what: string, given: object, told: string | RegExp])[] = [
  ["a text for a number", { ...right, n: secret }, "n: expected a number, got a string"],
  ["a number for a text", { ...right, m: 73_310_042 }, "m: expected a string, got a number"],
  ["null", { ...right, n: null }, "n: expected a number, got null"],
  ["a list for a text", { ...right, m: [secret] }, "m: expected a string, got a list"],
  ["a text for a list", { ...right, list: secret }, "list: expected a list, got a string"],
  ["what is missing", withoutM, /^m: expected (?:a string|a value), got nothing$/],
  ["what is too much", { ...right, extra: secret }, "extra: expected no property of that name, got a string"],
  [
    "none of an enumeration",
    { ...right, e: secret },
    /^e: expected (?:one of "x", "y"|"x" or "y"), got another string$/,
  ],
  [
    "no kind of a union",
    { ...right, u: true },
    /^u: expected (?:a string or a number|a number or a string), got a boolean$/,
  ],
  [
    "a form of a union with a wrong field",
    { ...right, d: { kind: "b", s: 1 } },
    "d.s: expected a string, got a number",
  ],
  [
    "no form of a union",
    { ...right, d: { kind: secret } },
    /^d\.kind: expected (?:one of "a", "b"|"a" or "b"), got another string$/,
  ],
  [
    "an item of a list",
    { ...right, list: [{ q: 1 }, { q: secret }] },
    "list.1.q: expected a number, got a string",
  ],
  ["a number beyond a range", { ...right, i: 9 }, "i: expected at most 5, got another number"],
  ["a fraction", { ...right, i: 1.5 }, "i: expected an integer, got a number with a fraction"],
  [
    "a text that is too short",
    { ...right, code: "ps" },
    "code: expected at least 3 characters, got a string of 2 characters",
  ],
  [
    "a text of another pattern",
    { ...right, pattern: secret },
    "pattern: expected a string that matches /^a+$/, got another string",
  ],
  ["another literal", { ...right, five: secret }, "five: expected 5, got a string"],
  ["a part of a tuple", { ...right, pair: ["p", secret] }, "pair.1: expected a number, got a string"],
  ["a value of a record", { ...right, record: { a: secret } }, "record.a: expected a number, got a string"],
];

describe.each(Object.entries(schemas))("the arguments of a schema of %s", (_, schema) => {
  it("pass when they are right", async () => {
    expect(await told(schema, right)).toEqual(["ran"]);
  });

  it.each(wrong)(
    "[C14 #61] [C16 #44] [C17 #12] have %s told by path, what is expected, and what is there",
    async (_what, given, expected) => {
      const [first = "", ...more] = await told(schema, given);
      expect(more).toEqual([]);
      if (typeof expected === "string") expect(first).toBe(expected);
      else expect(first).toMatch(expected);
    },
  );

  it("are told all that is wrong at once, and never a value", async () => {
    const texts = await told(schema, {
      ...right,
      n: secret,
      e: secret,
      five: secret,
      pattern: secret,
      i: 73_310_042,
      record: { a: secret },
      list: [{ q: secret }],
    });
    expect(texts.map((text) => text.split(":")[0]).sort()).toEqual(
      ["e", "five", "i", "list.0.q", "n", "pattern", "record.a"].sort(),
    );
    expect(texts.join()).not.toMatch(/planted|73310042/);
  });

  it("are told as an object, when they are none", async () => {
    const [first] = await told(schema, ["planted"]);
    expect(first).toMatch(/: expected .*, got nothing$|^expected an object, got a list$/);
  });
});

describe("a date as its text", () => {
  it.each([
    ["zod", z.object({ on: z.iso.date() })],
    ["valibot", valibot(v.object({ on: v.pipe(v.string(), v.isoDate()) }))],
  ])("of %s is asked for with an example", async (_, schema) => {
    expect(await told(schema as AnySchema, { on: secret })).toEqual([
      "on: expected a date like 2026-02-03, got another string",
    ]);
  });

  it("of ArkType is asked for with its form", async () => {
    const [text] = await told(arktype(ark({ on: "string.date.iso" })), { on: secret });
    expect(text).toBe("on: expected an ISO 8601 (YYYY-MM-DDTHH:mm:ss.sssZ) date, got another string");
  });
});

describe("a union of objects that nothing tells apart", () => {
  const forms = { x: { x: { type: "number" } }, yq: { y: { type: "string" }, q: { type: "string" } } };
  const json = (properties: object) => ({ properties, required: Object.keys(properties) });
  const cases: Readonly<Record<string, AnySchema>> = {
    zod: z.object({ a: z.union([z.object({ x: z.number() }), z.object({ y: z.string(), q: z.string() })]) }),
    "JSON Schema": jsonSchema({
      type: "object",
      properties: { a: { type: "object", anyOf: [json(forms.x), json(forms.yq)] } },
    }) as AnySchema,
    "JSON Schema by reference": jsonSchema({
      type: "object",
      properties: { a: { type: "object", anyOf: [{ $ref: "#/$defs/x" }, { $ref: "#/$defs/yq" }] } },
      $defs: { x: json(forms.x), yq: json(forms.yq) },
    }) as AnySchema,
  };
  it.each(Object.entries(cases))("of %s is told by the form that comes nearest", async (_, schema) => {
    expect(await told(schema, { a: { y: "planted" } })).toEqual([
      "a: fits none of its forms, of which the nearest say (a.x: expected a number, got nothing), or (a.q: expected a string, got nothing)",
    ]);
    expect(await told(schema, { a: { y: "y", q: "q", x: 1 } })).toEqual(["ran"]);
    expect(await told(schema, { a: { y: 1 } })).toEqual(["a.x: expected a number, got nothing"]);
    expect(await told(schema, { a: "planted" })).toEqual(["a: expected an object, got a string"]);
  });

  it.each([
    [
      "valibot",
      valibot(v.object({ a: v.union([v.object({ x: v.number() }), v.object({ y: v.string() })]) })),
    ],
    ["arktype", arktype(ark({ a: ark({ x: "number" }).or({ y: "string" }) }))],
  ])("of %s is told with what each form wants", async (_, schema) => {
    const [text = "", ...more] = await told(schema, { a: { y: 1 } });
    expect(more).toEqual([]);
    expect(text).toMatch(/^a: fits none of its forms, of which the nearest say \(/);
    expect(text).toMatch(/a\.x: expected a (?:value|number), got nothing/);
    expect(text).toContain("a.y: expected a string, got a number");
  });
});

describe("words of the author's own", () => {
  it.each<[string, AnySchema, string]>([
    [
      "zod",
      z.object({ a: z.string().min(3, "Three letters") }),
      "Three letters (expected at least 3 characters, got a string of 1 character)",
    ],
    [
      "zod, of a check",
      z.object({ a: z.string().refine(() => false, "Not that") }),
      "Not that (got another string)",
    ],
    [
      "valibot",
      valibot(v.object({ a: v.pipe(v.string(), v.minLength(3, "Three letters")) })),
      "Three letters (expected at least 3 characters, got a string of 1 character)",
    ],
    [
      "valibot, of a check",
      unprinted(
        v.object({
          a: v.pipe(
            v.string(),
            v.check(() => false, "Not that"),
          ),
        }),
      ),
      "Not that (got another string)",
    ],
    [
      "arktype",
      arktype(ark({ a: ark("string>=3").configure({ message: () => "Three letters" }) })),
      "Three letters (expected at least 3 characters, got a string of 1 character)",
    ],
    [
      "arktype, as a description",
      arktype(ark({ a: ark("string>=3").describe("three letters") })),
      "expected three letters, got another string",
    ],
  ])("stay beside the facts (%s)", async (_, schema, text) => {
    expect(await told(schema, { a: "x" })).toEqual([`a: ${text}`]);
  });

  it.each<[string, AnySchema]>([
    ["zod", z.object({ a: z.string().refine(() => false) })],
    [
      "valibot",
      unprinted(
        v.object({
          a: v.pipe(
            v.string(),
            v.check(() => false),
          ),
        }),
      ),
    ],
    ["arktype", arktype(ark({ a: ark("string").narrow(() => false) }))],
  ])("are not needed: a check without says that it is one (%s)", async (_, schema) => {
    expect(await told(schema, { a: "planted" })).toEqual([
      "a: expected a value that passes the schema's own check, got another string",
    ]);
  });
});

describe("a library that nothing is known of", () => {
  const other = (issues: readonly StandardSchemaV1.Issue[]): AnySchema => ({
    "~standard": {
      version: 1,
      vendor: "other",
      validate: () => ({ issues }),
      jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object" }) },
    },
  });

  it("has its own words told, without the value that they quote", async () => {
    const issues = [{ message: `"${secret}" is no number`, path: [{ key: "a" }, "b"] }];
    expect(await told(other(issues), { a: { b: secret } })).toEqual(['a.b: "…" is no number (got a string)']);
  });

  it("is bounded in number and length", async () => {
    const issues = Array.from({ length: 500 }, (_, i) => ({ message: "m".repeat(100_000), path: [i] }));
    const texts = await told(other(issues), {});
    expect(texts).toHaveLength(21);
    expect(texts.at(-1)).toBe("and 480 more");
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(600);
  });
});

describe("much that is wrong", () => {
  it("of properties that are not known is told in part", async () => {
    const given = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`k${i}`, i]));
    const texts = await told(z.strictObject({}), given);
    expect(texts).toHaveLength(21);
    expect(texts[0]).toBe("k0: expected no property of that name, got a number");
    expect(texts.at(-1)).toMatch(/^and \d+ more$/);
  });

  it("of unions within unions is looked into as deep as it helps", async () => {
    type Nested = { readonly arg?: Nested | undefined; readonly op: string };
    const op = (name: string) =>
      z.object({
        op: z.literal(name),
        get arg(): z.ZodOptional<z.ZodType<Nested>> {
          return z.optional(nested);
        },
      });
    const nested: z.ZodType<Nested> = z.union([op("and"), op("or"), op("not")]);
    let given: Nested = { op: "planted" };
    for (let depth = 0; depth < 6; depth += 1) given = { op: "and", arg: given };
    const [text = "", ...more] = await told(z.object({ root: nested }), { root: given });
    expect(more).toEqual([]);
    expect(text).toMatch(/^root(?:\.arg)+/);
    expect(text.length).toBeLessThan(800);
  });
});
