/** What a form has for a JSON Schema: one field for each value. What no form says is written as JSON. */

import { isObject } from "../../../src/is-object.js";

interface Named {
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** Undefined: none. */
  readonly initial: unknown;
  readonly isNullable: boolean;
}

export interface TextField extends Named {
  readonly kind: "text";
  /** Of an `input`. */
  readonly input: "text" | "date" | "email" | "url" | "password";
  readonly isLong: boolean;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
  readonly pattern: string | undefined;
}

export interface NumberField extends Named {
  readonly kind: "number";
  readonly isWhole: boolean;
  readonly least: number | undefined;
  readonly most: number | undefined;
  /** The bounds themselves are out of bounds. */
  readonly isAbove: boolean;
  readonly isBelow: boolean;
}

export interface ChoiceField extends Named {
  readonly kind: "choice";
  readonly options: readonly { readonly value: unknown; readonly label: string }[];
}

export interface ListField extends Named {
  readonly kind: "list";
  readonly item: Field;
  readonly minItems: number;
  readonly maxItems: number;
}

export interface Part {
  readonly name: string;
  readonly field: Field;
  readonly isRequired: boolean;
}

export interface GroupField extends Named {
  readonly kind: "group";
  readonly parts: readonly Part[];
}

export interface YesNoField extends Named {
  readonly kind: "yesno";
}

export interface JsonField extends Named {
  readonly kind: "json";
  /** Why it is none of the others. */
  readonly why: string;
}

export type Field = TextField | NumberField | ChoiceField | ListField | GroupField | YesNoField | JsonField;

type Schema = Readonly<Record<string, unknown>>;

/** Schemas may refer to themselves: so deep, and with so many fields, a form is no help any more. */
const deepest = 6;
const mostFields = 500;

/** The schema that is read, and how many fields were made of it. */
interface Reading {
  readonly root: unknown;
  fields: number;
}

const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const numberIn = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const listIn = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const namedBy = (schema: Schema, isNullable: boolean): Named => ({
  title: textIn(schema.title),
  description: textIn(schema.description),
  initial: schema.default,
  isNullable,
});

/** `#/$defs/name`; undefined for what is elsewhere. */
function referred(root: unknown, reference: string): unknown {
  if (reference === "#") return root;
  if (!reference.startsWith("#/")) return undefined;
  let place = root;
  for (const part of reference.slice(2).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof place !== "object" || place === null || !Object.hasOwn(place, name)) return undefined;
    place = (place as Schema)[name];
  }
  return place;
}

/** So many schemas are put into one; those that refer to themselves would never end. */
const mostMerged = 50;

/** With what it refers to, and with its `allOf`, in one; undefined when they do not go into one. */
function whole(schema: Schema, root: unknown, merging = { left: mostMerged }): Schema | undefined {
  const { $ref, allOf, ...own } = schema;
  let merged: Schema = own;
  for (const other of [...(typeof $ref === "string" ? [referred(root, $ref)] : []), ...listIn(allOf)]) {
    merging.left -= 1;
    const added = isObject(other) && merging.left > 0 ? whole(other, root, merging) : undefined;
    const isTwice = (name: string) => !mergeable.has(name) && Object.hasOwn(merged, name);
    if (!added || Object.keys(added).some(isTwice)) return undefined;
    merged = bothOf(merged, added);
  }
  return merged;
}

/** Where both say something, the first counts. */
function bothOf(first: Schema, second: Schema): Schema {
  const inOrder = (a: unknown, b: unknown) => ({ ...(a as Schema), ...(b as Schema), ...(a as Schema) });
  const properties =
    first.properties || second.properties ? { properties: inOrder(first.properties, second.properties) } : {};
  const required =
    first.required || second.required
      ? { required: [...listIn(first.required), ...listIn(second.required)] }
      : {};
  return { ...second, ...first, ...properties, ...required };
}

/** What may be said twice: it is added up, or the nearer one counts. */
const mergeable = new Set([
  "title",
  "description",
  "default",
  "type",
  "properties",
  "required",
  "$defs",
  "definitions",
]);

const choiceOf = (
  named: Named,
  values: readonly unknown[],
  titles: readonly unknown[] = [],
): ChoiceField => ({
  ...named,
  kind: "choice",
  options: values.map((value, at) => ({
    value,
    label: textIn(titles[at]) ?? (typeof value === "string" ? value : JSON.stringify(value)),
  })),
});

const inputs: Readonly<Record<string, TextField["input"]>> = {
  date: "date",
  email: "email",
  uri: "url",
  password: "password",
};

function textField(named: Named, schema: Schema): TextField {
  const format = textIn(schema.format);
  const maxLength = numberIn(schema.maxLength);
  return {
    ...named,
    kind: "text",
    input: inputs[format ?? ""] ?? "text",
    isLong: format === undefined && schema.pattern === undefined && (maxLength ?? 1_000) > 120,
    minLength: numberIn(schema.minLength),
    maxLength,
    pattern: textIn(schema.pattern),
  };
}

function numberField(named: Named, schema: Schema, isWhole: boolean): NumberField {
  const [above, below] = [numberIn(schema.exclusiveMinimum), numberIn(schema.exclusiveMaximum)];
  return {
    ...named,
    kind: "number",
    isWhole,
    least: above ?? numberIn(schema.minimum),
    most: below ?? numberIn(schema.maximum),
    isAbove: above !== undefined,
    isBelow: below !== undefined,
  };
}

function groupField(named: Named, schema: Schema, reading: Reading, depth: number): Field {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  const isClosed = schema.additionalProperties === false;
  if (names.length === 0 && !isClosed) return jsonField(named, "an object with fields of any name");
  const required = new Set(listIn(schema.required));
  const parts = names.map((name) => ({
    name,
    field: fieldAt(properties[name], reading, depth + 1),
    isRequired: required.has(name),
  }));
  return { ...named, kind: "group", parts };
}

function listField(named: Named, schema: Schema, reading: Reading, depth: number): Field {
  if (Array.isArray(schema.items) || schema.prefixItems !== undefined)
    return jsonField(named, "a list whose places differ");
  return {
    ...named,
    kind: "list",
    item: fieldAt(schema.items ?? true, reading, depth + 1),
    minItems: numberIn(schema.minItems) ?? 0,
    maxItems: numberIn(schema.maxItems) ?? Number.POSITIVE_INFINITY,
  };
}

const jsonField = (named: Named, why: string): JsonField => ({ ...named, kind: "json", why });

/** Of a schema with `anyOf` or `oneOf`: null beside one other, or one of a few values. */
function variantField(schema: Schema, reading: Reading, depth: number): Field | undefined {
  const variants = [...listIn(schema.anyOf), ...listIn(schema.oneOf)];
  if (variants.length === 0) return undefined;
  // Which of its fields go together the connector says itself.
  const isRule = (one: unknown) => isObject(one) && Object.keys(one).join() === "required";
  if (isObject(schema.properties) && variants.every(isRule)) return undefined;
  const isNull = (one: unknown) => isObject(one) && (one.type === "null" || one.const === null);
  const others = variants.filter((one) => !isNull(one)).map((one) => (isObject(one) ? one : {}));
  const named = namedBy(schema, others.length < variants.length);
  if (others.every((one) => Object.hasOwn(one, "const")))
    return choiceOf(
      named,
      others.map((one) => one.const),
      others.map((one) => one.title),
    );
  const { anyOf: _any, oneOf: _one, ...rest } = schema;
  if (others.length !== 1) return jsonField(named, `one of ${others.length} kinds`);
  const inner = fieldAt({ ...others[0], ...rest }, reading, depth);
  return { ...inner, isNullable: named.isNullable || inner.isNullable };
}

function typeOf(schema: Schema): string | undefined {
  if (typeof schema.type === "string") return schema.type;
  const types = listIn(schema.type).filter((type) => type !== "null");
  if (types.length === 1) return String(types[0]);
  if (types.length > 1) return undefined;
  if (isObject(schema.properties)) return "object";
  return schema.items === undefined ? undefined : "array";
}

function fieldAt(given: unknown, reading: Reading, depth: number): Field {
  const schema = isObject(given) ? whole(given, reading.root) : {};
  const isNullable = listIn(schema?.type).includes("null");
  const named = namedBy(schema ?? (given as Schema), isNullable);
  if (!schema) return jsonField(named, "a schema that a form cannot say");
  if (Object.hasOwn(schema, "const")) return choiceOf(named, [schema.const]);
  if (Array.isArray(schema.enum)) return choiceOf(named, schema.enum);
  reading.fields += 1;
  if (depth > deepest || reading.fields > mostFields)
    return jsonField(named, "nested deeper than a form shows");
  const variant = variantField(schema, reading, depth);
  if (variant) return variant;
  switch (typeOf(schema)) {
    case "string":
      return textField(named, schema);
    case "number":
    case "integer":
      return numberField(named, schema, typeOf(schema) === "integer");
    case "boolean":
      return { ...named, kind: "yesno" };
    case "array":
      return listField(named, schema, reading, depth);
    case "object":
      return groupField(named, schema, reading, depth);
    default:
      return jsonField(named, "a value of any kind");
  }
}

export const fieldOf = (schema: unknown): Field => fieldAt(schema, { root: schema, fields: 0 }, 0);
