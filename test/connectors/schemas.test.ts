/** What schemas say: of the object at their root, in each draft, and of what is wrong with a value. */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { defineTool, jsonSchema, toolConnector } from "mooring";
import { describe, expect, it } from "vitest";
import { z } from "zod";

type AnySchema = StandardSchemaV1<unknown, unknown> & StandardJSONSchemaV1<unknown, unknown>;

const parametersOf = (input: AnySchema) =>
  defineTool({ name: "t", description: "d", input, run: () => null }).parameters;

const a = { type: "object", properties: { a: { type: "number" } }, required: ["a"] };
const b = { type: "object", properties: { b: { type: "string" } } };

/** Registered once for the whole process, as Zod has it. */
const named = z.object({ a: z.number() }).meta({ id: "NamedRoot", description: "Named" });
const tree = z
  .object({
    v: z.number(),
    get kids() {
      return z.array(tree);
    },
  })
  .meta({ id: "Tree" });

describe("the parameters of a tool", () => {
  it("are those of the object that a reference at the root points at", () => {
    expect(parametersOf(named)).toEqual({ ...a, description: "Named" });
    expect(parametersOf(named.nullable())).toEqual({ ...a, description: "Named" });
    expect(parametersOf(jsonSchema({ $ref: "#/definitions/A", definitions: { A: a } }))).toEqual(a);
    const viaTwo = { $ref: "#/$defs/x~1y%20z", $defs: { "x/y z": { $ref: "#/$defs/A" }, A: a } };
    expect(parametersOf(jsonSchema(viaTwo))).toEqual(a);
  });

  it("keep the definitions that they refer to", () => {
    const node = {
      type: "object",
      properties: { v: { type: "number" }, kids: { type: "array", items: { $ref: "#/$defs/Tree" } } },
      required: ["v", "kids"],
    };
    expect(parametersOf(tree)).toEqual({ ...node, $defs: { Tree: node } });
  });

  it("keep the definitions that only a dynamic reference needs, and those within a definition", () => {
    const leaf = { $dynamicAnchor: "leaf", type: "string" };
    const branch = { type: "object", properties: { c: { $dynamicRef: "#leaf" } } };
    const dynamic = { $ref: "#/$defs/tree", $defs: { leaf, tree: branch } };
    expect(parametersOf(jsonSchema(dynamic))).toEqual({ ...branch, $defs: dynamic.$defs });
    const B = { type: "string" };
    const A = { $id: "urn:x:A", type: "object", $defs: { B }, properties: { b: { $ref: "#/$defs/B" } } };
    expect(parametersOf(jsonSchema({ $ref: "urn:x:A", $defs: { A } }))).toEqual({ ...A, $defs: { A, B } });
    const twice = { $ref: "urn:x:A", $defs: { A, B: { type: "number" } } };
    expect(parametersOf(jsonSchema(twice))).toEqual({ ...twice, type: "object", properties: {} });
    const only = { anyOf: [{ ...A, $id: undefined, $defs: { C: B } }, { type: "null" }], $defs: { B } };
    expect(parametersOf(jsonSchema(JSON.parse(JSON.stringify(only)))).$defs).toEqual({ B, C: B });
  });

  it("are an object where the root is a dynamic reference to one", () => {
    const root = { $dynamicRef: "#n", $defs: { n: { $dynamicAnchor: "n", type: "object" } } };
    expect(parametersOf(jsonSchema(root))).toEqual({ ...root, type: "object", properties: {} });
    const text = { $dynamicRef: "#n", $defs: { n: { $dynamicAnchor: "n", type: "string" } } };
    expect(() => parametersOf(jsonSchema(text))).toThrow('what its $dynamicRef "#n" points at');
  });

  it("are an object where the schema is a union or an intersection of objects", () => {
    const union = z.union([z.object({ a: z.number() }), z.object({ b: z.string().optional() })]);
    expect(parametersOf(union)).toEqual({ type: "object", properties: {}, anyOf: [a, b] });
    expect(parametersOf(jsonSchema({ oneOf: [a, b], description: "x" }))).toEqual({
      type: "object",
      properties: {},
      oneOf: [a, b],
      description: "x",
    });
    expect(parametersOf(jsonSchema({ allOf: [a, { minProperties: 1 }] }))).toEqual({
      type: "object",
      properties: {},
      allOf: [a, { minProperties: 1 }],
    });
    const nested = { anyOf: [{ $ref: "#/$defs/A" }, { type: "null" }, { oneOf: [b] }], $defs: { A: a } };
    expect(parametersOf(jsonSchema(nested))).toEqual({
      type: "object",
      properties: {},
      anyOf: [{ $ref: "#/$defs/A" }, { oneOf: [b] }],
      $defs: { A: a },
    });
  });

  it("are an object where the type is a list of it, or null is another choice", () => {
    const { type: _, ...rest } = a;
    expect(parametersOf(jsonSchema({ ...rest, type: ["object"] }))).toEqual(a);
    expect(parametersOf(jsonSchema({ ...rest, type: ["null", "object"] }))).toEqual(a);
    expect(parametersOf(jsonSchema({ ...a, nullable: true }))).toEqual(a);
    expect(parametersOf(jsonSchema({ oneOf: [{ const: null }, a] }))).toEqual(a);
    expect(parametersOf(z.object({ a: z.number() }).nullish())).toEqual(a);
  });

  it("keep branches that something refers to", () => {
    const document = { anyOf: [{ ...a, properties: { a: { $ref: "#/anyOf/1" } } }, { type: "null" }] };
    expect(parametersOf(jsonSchema(document))).toEqual({ ...document, type: "object", properties: {} });
  });

  it.each([
    [{ anyOf: [a, { type: "string" }] }, "a choice in which not everything is an object"],
    [{ type: ["object", "string"] }, "object or string"],
    [{ type: "null" }, "null"],
    [{ properties: {} }, 'undefined: give it type: "object"'],
    [{ $ref: "#" }, 'what its $ref "#" points at'],
    [{ $ref: "#/$defs/S", $defs: { S: { type: "string" } } }, 'what its $ref "#/$defs/S" points at'],
  ])("are an error that says what the schema describes: %j", (document, text) => {
    expect(() => parametersOf(jsonSchema(document))).toThrow(
      `Tool 't': its input schema must describe an object; it describes ${text}`,
    );
  });

  it("are an error where they cannot be sent", () => {
    const odd = (document: Record<string, unknown>): AnySchema => ({
      "~standard": {
        version: 1,
        vendor: "v",
        validate: (value) => ({ value }),
        jsonSchema: { input: () => document, output: () => document },
      },
    });
    const circle: Record<string, unknown> = { type: "object" };
    circle.properties = { self: circle };
    expect(() => parametersOf(odd(circle))).toThrow("properties.self.properties is in a circle");
    expect(() => parametersOf(odd({ type: "object", maximum: 1n }))).toThrow("maximum is a BigInt");
  });

  it("are validated by what was printed in another form", () => {
    const connector = toolConnector("c", [
      defineTool({ name: "t", description: "d", input: named, run: ({ a: given }) => given }),
    ]);
    expect(JSON.parse(connector.metadata.tool_schemas ?? "")[0].parameters.type).toBe("object");
  });
});

const issuesOf = (document: Record<string, unknown>, value: unknown) =>
  (jsonSchema(document)["~standard"].validate(value) as StandardSchemaV1.FailureResult).issues?.map(
    ({ path, message }) => `${(path ?? []).join(".")}: ${message}`,
  );

describe("a JSON Schema document", () => {
  it.each([
    "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2019-09/schema#",
    "https://json-schema.org/draft/2020-12/schema",
  ])("of the draft %s validates and is told without its name", ($schema) => {
    const document = { $schema, ...a };
    expect(parametersOf(jsonSchema(document))).toEqual(a);
    expect(issuesOf(document, { a: 1 })).toBeUndefined();
    expect(issuesOf(document, { a: "x" })).toEqual(["a: expected a number, got a string"]);
  });

  it("means by its words what they meant in its draft", () => {
    const pair = { items: [{ type: "number" }, { type: "string" }], additionalItems: false };
    const old = { $schema: "http://json-schema.org/draft-07/schema#", ...pair };
    expect(issuesOf(old, [1, "x"])).toBeUndefined();
    expect(issuesOf(old, [1, 2])).toEqual(["1: expected a string, got a number"]);
    const middle = {
      $schema: "https://json-schema.org/draft/2019-09/schema",
      ...pair,
      dependentRequired: { x: ["y"] },
    };
    expect(issuesOf(middle, [1, 2])).toEqual(["1: expected a string, got a number"]);
  });

  it.each(["http://json-schema.org/draft-04/schema#", "https://example.com/mine", 7])(
    "of another draft (%s) is refused, naming those that are known",
    ($schema) => {
      expect(() => jsonSchema({ $schema, type: "object" })).toThrow(
        `its $schema is ${JSON.stringify($schema)}; known are http://json-schema.org/draft-06/schema#, `,
      );
    },
  );

  it.each([[null], [[]], ["x"], [true]])("that is none is refused (%j)", (document) => {
    expect(() => jsonSchema(document as never)).toThrow("jsonSchema() takes a JSON Schema document");
  });

  it("that would be asynchronous is refused: it would accept everything", () => {
    expect(() => jsonSchema({ $async: true, type: "object" })).toThrow("$async is no keyword of JSON Schema");
  });

  it("may refer to itself as a whole, and to its parts", () => {
    const list = { type: "object", properties: { next: { $ref: "#" }, v: { $ref: "#/$defs/v" } } };
    const document = { ...list, $defs: { v: { type: "number" } } };
    expect(issuesOf(document, { next: { next: { v: 1 } } })).toBeUndefined();
    expect(issuesOf(document, { next: { next: { v: "x" } } })).toEqual([
      "next.next.v: expected a number, got a string",
    ]);
    expect(
      issuesOf({ $schema: "http://json-schema.org/draft-07/schema#", ...document }, { next: 1 }),
    ).toEqual(["next: expected an object, got a number"]);
  });

  it("may be compiled again", () => {
    const document = { $id: "https://example.com/a", ...a };
    expect(issuesOf(document, { a: 1 })).toBeUndefined();
    expect(issuesOf({ ...document }, {})).toEqual(["a: expected a number, got nothing"]);
  });
});

describe("the words for what is wrong", () => {
  it("name the property that is unknown", () => {
    const strict = { ...b, additionalProperties: false };
    expect(issuesOf(strict, { b: "x", c: 1, "d e": 2 })).toEqual([
      "c: expected no property of that name, got a number",
      "d e: expected no property of that name, got a number",
    ]);
    expect(issuesOf({ type: "object", unevaluatedProperties: false }, { c: 1 })).toEqual([
      "c: expected no property of that name, got a number",
    ]);
    expect(issuesOf({ propertyNames: { maxLength: 2 } }, { long: 1 })?.at(-1)).toBe(
      ': must not have a property named "long" (got an object)',
    );
    expect(issuesOf({ properties: { c: false } }, { c: 1 })).toEqual(["c: expected nothing, got a number"]);
  });

  it("name the values that are allowed", () => {
    const op = { properties: { op: { enum: ["add", 1, null] } } };
    expect(issuesOf(op, { op: "x" })).toEqual(['op: expected one of "add", 1, null, got another string']);
    const many = { enum: Array.from({ length: 300 }, (_, i) => i) };
    expect(issuesOf(many, "x")?.[0]).toMatch(/^: expected one of 0, .*, 19 and 280 more, got a string$/);
    expect(issuesOf({ enum: ["y".repeat(1_000)] }, "x")?.[0]?.length).toBeLessThan(100);
    expect(issuesOf({ properties: { k: { const: "circle" } } }, { k: "x" })).toEqual([
      'k: expected "circle", got another string',
    ]);
  });

  it("know numbers that are none, and properties that every object inherits", () => {
    const n = { properties: { n: { type: "integer" } } };
    expect(issuesOf(n, JSON.parse('{"n":1e999}'))).toEqual([
      "n: expected an integer, got a number out of range",
    ]);
    expect(issuesOf({ type: "number" }, Number.NaN)).toEqual([
      ": expected a number, got a number out of range",
    ]);
    for (const name of ["toString", "constructor", "__proto__", "hasOwnProperty", "valueOf"]) {
      expect(issuesOf({ required: [name] }, {})).toEqual([`${name}: expected a value, got nothing`]);
      const given = JSON.parse(`{"${name}":1}`);
      expect(issuesOf({ required: [name] }, given)).toBeUndefined();
      expect(issuesOf({ type: "object", additionalProperties: false }, given)).toEqual([
        `${name}: expected no property of that name, got a number`,
      ]);
    }
  });

  it.each(["toString", "constructor", "hasOwnProperty", "valueOf"])("judge a property named %s", (name) => {
    const typed = { properties: { [name]: { type: "string" } }, additionalProperties: false };
    expect(issuesOf(typed, {})).toBeUndefined();
    expect(issuesOf({ dependentRequired: { [name]: ["x"] } }, {})).toBeUndefined();
    expect(issuesOf(typed, { [name]: 1 })).toEqual([`${name}: expected a string, got a number`]);
  });

  it("cannot judge a property named __proto__, so a document that has one is refused, as is a circle", () => {
    const document = JSON.parse('{"properties":{"__proto__":{"type":"string"}}}');
    const circle: Record<string, unknown> = { type: "object" };
    circle.not = circle;
    expect(() => jsonSchema(circle)).toThrow("not is in a circle");
    expect(() => jsonSchema(document)).toThrow("a property named __proto__ cannot be checked");
  });

  it("are an issue, whatever comparing throws", () => {
    const issues = issuesOf({ enum: [{ valueOf: 1 }] }, { valueOf: 1 });
    expect(issues?.[0] ?? "none").toMatch(/none|cannot be checked/);
  });

  it("leave the value as it was, though defaults are filled in", () => {
    const document = { type: "object", properties: { n: { type: "number", default: 1 } } };
    const value = {};
    expect(jsonSchema(document)["~standard"].validate(value)).toEqual({ value: { n: 1 } });
    expect(value).toEqual({});
  });
});
