/** Forms made from JSON Schemas: which fields there are, and that values go in and come out as they are. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blank,
  type Draft,
  draftOf,
  isSame,
  type Problems,
  read,
  typed,
} from "../../inspector/gateway/form/draft.js";
import { type Field, fieldOf, type GroupField } from "../../inspector/gateway/form/field.js";

/** A schema's field in short: `text`, `list of number`, `{ a: text, b?: yesno }`. */
function short(field: Field): string {
  const orNull = field.isNullable ? " or null" : "";
  if (field.kind === "list") return `list of ${short(field.item)}${orNull}`;
  if (field.kind === "choice") return `${field.options.map(({ label }) => label).join("|")}${orNull}`;
  if (field.kind === "number") return `${field.isWhole ? "whole " : ""}number${orNull}`;
  if (field.kind !== "group") return `${field.kind}${orNull}`;
  const parts = field.parts.map(
    ({ name, field: inner, isRequired }) => `${name}${isRequired ? "" : "?"}: ${short(inner)}`,
  );
  return `{ ${parts.join(", ")} }${orNull}`;
}

function readAll(field: Field, draft: Draft) {
  const problems: Problems = new Map();
  const value = read(field, draft, true, "", problems);
  return { value, problems: Object.fromEntries(problems) };
}

describe("a form has for a schema", () => {
  it.each<[string, unknown, string]>([
    ["a text", { type: "string" }, "text"],
    ["a number", { type: "number" }, "number"],
    ["a whole number", { type: "integer" }, "whole number"],
    ["yes or no", { type: "boolean" }, "yesno"],
    ["a choice", { enum: ["a", 2, null] }, "a|2|null"],
    ["one value", { const: "only" }, "only"],
    ["titled constants", { oneOf: [{ const: 1, title: "one" }, { const: 2 }] }, "one|2"],
    ["a list", { type: "array", items: { type: "string" } }, "list of text"],
    ["a list of anything", { type: "array" }, "list of json"],
    [
      "an object",
      { properties: { a: { type: "string" }, b: { type: "boolean" } }, required: ["a"] },
      "{ a: text, b?: yesno }",
    ],
    [
      "objects in lists in objects",
      { properties: { a: { type: "array", items: { properties: { b: { type: "number" } } } } } },
      "{ a?: list of { b?: number } }",
    ],
    ["nothing to give", { type: "object", additionalProperties: false }, "{  }"],
    ["null by type", { type: ["string", "null"] }, "text or null"],
    ["null by anyOf", { anyOf: [{ type: "integer" }, { type: "null" }] }, "whole number or null"],
    ["a reference", { $ref: "#/$defs/a~1b", $defs: { "a/b": { type: "number" } } }, "number"],
    [
      "allOf of objects",
      {
        allOf: [
          { properties: { a: { type: "string" } }, required: ["a"] },
          { properties: { b: { type: "number" } } },
        ],
      },
      "{ a: text, b?: number }",
    ],
    [
      "fields that go together",
      { type: "object", properties: { a: {}, b: {} }, anyOf: [{ required: ["a"] }, { required: ["b"] }] },
      "{ a?: json, b?: json }",
    ],
    ["several types", { type: ["string", "number"] }, "json"],
    ["several kinds", { oneOf: [{ type: "string" }, { type: "object" }] }, "json"],
    ["a map", { type: "object", additionalProperties: { type: "number" } }, "json"],
    ["a tuple", { type: "array", prefixItems: [{}, {}] }, "json"],
    ["anything", {}, "json"],
    ["true", true, "json"],
    ["no schema", null, "json"],
    ["a reference to elsewhere", { $ref: "https://example.com/schema" }, "json"],
    ["a reference to nothing", { $ref: "#/$defs/gone" }, "json"],
  ])("%s", (_what, schema, wanted) => {
    expect(short(fieldOf(schema))).toBe(wanted);
  });

  it("an end, where it refers to itself", () => {
    const tree = {
      $ref: "#/$defs/node",
      $defs: {
        node: {
          type: "object",
          properties: Object.fromEntries(
            ["a", "b", "c", "d", "e", "f", "g"].map((name) => [name, { $ref: "#/$defs/node" }]),
          ),
        },
      },
    };
    const count = (field: Field): number =>
      field.kind === "group" ? field.parts.reduce((sum, part) => sum + count(part.field), 1) : 1;
    expect(count(fieldOf(tree))).toBeLessThan(4_000);
    expect(short(fieldOf({ $ref: "#" }))).toBe("json");
    expect(short(fieldOf({ allOf: [{ $ref: "#" }, { $ref: "#" }] }))).toBe("json");
  });
});

const order = fieldOf({
  type: "object",
  properties: {
    title: { type: "string", minLength: 1, maxLength: 5, description: "what" },
    amount: { type: "integer", minimum: 1, exclusiveMaximum: 10, default: 2 },
    size: { enum: ["small", "large"], default: "large" },
    gift: { type: "boolean" },
    tags: { type: "array", items: { type: "string" }, minItems: 1, maxItems: 2 },
    to: { type: "object", properties: { street: { type: "string" } }, required: ["street"] },
    more: {},
  },
  required: ["title", "amount"],
}) as GroupField;

const withPart = (name: string, draft: Draft): Draft => {
  const begun = blank(order, true);
  const parts = begun.is === "group" && begun.parts ? begun.parts : [];
  return {
    is: "group",
    parts: order.parts.map((part, at) => (part.name === name ? draft : (parts[at] ?? typed("")))),
  };
};

describe("an empty form", () => {
  it("has the defaults, leaves out what may be, and misses what may not", () => {
    expect(readAll(order, blank(order, true))).toEqual({
      value: { amount: 2, size: "large" },
      problems: { title: "must have at least 1 character" },
    });
  });

  it("says of a field what it is for", () => {
    expect(order.parts[0]?.field.description).toBe("what");
  });
});

describe("what is wrong is named with its path", () => {
  it.each<[string, string, Draft, Record<string, string>]>([
    ["a text that is too long", "title", typed("longer"), { title: "must have at most 5 characters" }],
    ["no number", "amount", typed("x"), { amount: "must be a number" }],
    ["a fraction", "amount", typed("1.5"), { amount: "must be a whole number" }],
    ["too much", "amount", typed("10"), { amount: "must be at least 1 and below 10" }],
    ["too little", "amount", typed("0"), { amount: "must be at least 1 and below 10" }],
    ["nothing", "amount", typed(" "), { amount: "is missing" }],
    ["no JSON", "more", typed("{"), { more: "must be JSON" }],
    ["an empty list", "tags", { is: "list", items: [] }, { tags: "must have at least 1 entry" }],
    [
      "a long list",
      "tags",
      { is: "list", items: ["a", "b", "c"].map(typed) },
      { tags: "must have at most 2 entries" },
    ],
  ])("%s", (_what, name, draft, problems) => {
    const { title: _said, ...found } = readAll(order, withPart(name, draft)).problems;
    expect(name === "title" ? readAll(order, withPart(name, draft)).problems : found).toEqual(problems);
  });

  it("in nested fields, too", () => {
    const field = fieldOf({
      properties: { list: { type: "array", items: { properties: { n: { type: "number" } } } } },
    });
    const draft = draftOf(field, { list: [{ n: 1 }, {}] });
    const wrong = JSON.parse(JSON.stringify(draft).replace('"text":"1"', '"text":"one"')) as Draft;
    expect(readAll(field, wrong).problems).toEqual({ "list.0.n": "must be a number" });
  });
});

describe("a value", () => {
  it.each<[string, unknown]>([
    ["a field that the schema does not have", { title: "a", amount: 1, other: 1 }],
    ["a value of another type", { title: 1, amount: 1 }],
    ["an empty text that may be left out", { title: "a", amount: 1, to: null }],
    ["a choice that there is not", { title: "a", amount: 1, size: "huge" }],
  ])("that the form cannot say is not taken: %s", (_what, value) => {
    expect(draftOf(order, value)).toBeUndefined();
  });

  const scalar = fc.oneof(
    fc.constant({ schema: { type: "string" }, value: fc.string({ minLength: 1 }) }),
    fc.constant({ schema: { type: "number" }, value: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    fc.constant({ schema: { type: "integer" }, value: fc.integer() }),
    fc.constant({ schema: { type: "boolean" }, value: fc.boolean() }),
    fc.constant({ schema: { enum: ["a", 1, { b: [2] }] }, value: fc.constantFrom("a", 1, { b: [2] }) }),
    fc.constant({ schema: {}, value: fc.jsonValue() as fc.Arbitrary<unknown> }),
  );
  interface Pair {
    readonly schema: object;
    readonly value: fc.Arbitrary<unknown>;
  }
  const { any } = fc.letrec<{ any: Pair; list: Pair; group: Pair; nullable: Pair }>((tie) => ({
    any: fc.oneof({ maxDepth: 3 }, scalar, tie("list"), tie("group"), tie("nullable")),
    list: tie("any").map(({ schema, value }) => ({
      schema: { type: "array", items: schema },
      value: fc.array(value, { maxLength: 3 }),
    })),
    nullable: tie("any").map(({ schema, value }) => ({
      schema: { anyOf: [schema, { type: "null" }] },
      value: fc.option(value),
    })),
    group: fc
      .dictionary(fc.string({ minLength: 1, maxLength: 6 }), tie("any"), { minKeys: 1, maxKeys: 3 })
      .map((parts) => ({
        schema: {
          type: "object",
          properties: Object.fromEntries(Object.entries(parts).map(([name, { schema }]) => [name, schema])),
          required: Object.keys(parts),
        },
        value: fc.record(
          Object.fromEntries(Object.entries(parts).map(([name, { value }]) => [name, value])),
        ) as fc.Arbitrary<unknown>,
      })),
  }));

  it("that fits its schema comes out of the form as it went in", () => {
    fc.assert(
      fc.property(
        any.chain(({ schema, value }) => fc.tuple(fc.constant(schema), value)),
        ([schema, value]) => {
          const field = fieldOf(schema);
          const draft = draftOf(field, value);
          expect(draft).toBeDefined();
          const out = draft && readAll(field, draft);
          expect(out?.problems).toEqual({});
          expect(isSame(out?.value, value)).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
