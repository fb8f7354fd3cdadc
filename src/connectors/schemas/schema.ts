/**
 * Schemas of tools: any Standard Schema validates; its JSON Schema is what the gateway is told. Libraries that
 * cannot print theirs can be used through `jsonSchema`.
 */
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import { invalidConfig, textOf } from "../../errors.js";
import { jsonText } from "../../protocol/json-form.js";
import { objectSchema } from "./object-schema.js";
import { type SchemaCost, schemaCost } from "./schema-cost.js";

/** A Standard Schema that can also print its JSON Schema: zod ≥ 4.2, arktype, valibot's adapter, `jsonSchema()`. */
export type ToolSchema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output> &
  StandardJSONSchemaV1<Input, Output>;

/** A JSON Schema document. */
export type JsonSchemaDocument = { readonly [keyword: string]: unknown };

/** What the schema prints, without `$schema`. */
function printed(tool: string, schema: ToolSchema, side: "input" | "output"): JsonSchemaDocument {
  const printer = schema?.["~standard"]?.jsonSchema;
  if (!printer) {
    throw invalidConfig(
      `Tool '${tool}': its ${side} schema cannot print a JSON Schema. Use zod 4.2 or newer, another schema with ~standard.jsonSchema, or jsonSchema({...}).`,
    );
  }
  try {
    const { $schema: _dialect, ...rest } = printer[side]({ target: "draft-2020-12" });
    jsonText(rest);
    return rest;
  } catch (error) {
    throw invalidConfig(`Tool '${tool}': its ${side} schema has no JSON form: ${textOf(error)}.`, error);
  }
}

/** What is sent as `parameters`: a schema of an object, without an empty `required`. */
export function parametersOf(tool: string, schema: ToolSchema): JsonSchemaDocument {
  const found = objectSchema(printed(tool, schema, "input"));
  if (typeof found === "string")
    throw invalidConfig(`Tool '${tool}': its input schema must describe an object; it describes ${found}.`);
  const { type, required, ...rest } = found;
  const parameters = { type, properties: {}, ...rest };
  return Array.isArray(required) && required.length > 0 ? { ...parameters, required } : parameters;
}

/** What is sent as the schema of results. */
export const outputOf = (tool: string, schema: ToolSchema): JsonSchemaDocument =>
  printed(tool, schema, "output");

/**
 * What validating by it may cost. It also looks at what comes out, because a pipe has its patterns there; a schema that
 * cannot print that, such as one with a transform, is in doubt.
 */
export function costOf(parameters: JsonSchemaDocument, schema: ToolSchema): SchemaCost {
  const cost = schemaCost(parameters);
  if (cost === "any") return cost;
  try {
    const after = schemaCost(schema["~standard"].jsonSchema.output({ target: "draft-2020-12" }));
    return after === "by size" ? cost : after;
  } catch {
    return "any";
  }
}

/** The same of a schema that need not print itself; one that cannot is in doubt. */
export function costOfSchema(schema: StandardSchemaV1 | ToolSchema): SchemaCost {
  try {
    const whole = schema as ToolSchema; // asking tells whether it is one
    return costOf(whole["~standard"].jsonSchema.input({ target: "draft-2020-12" }), whole);
  } catch {
    return "any";
  }
}
