/**
 * Schemas of tools: any Standard Schema validates; its JSON Schema is what the gateway is told. Libraries that
 * cannot print theirs can be used through `jsonSchema`.
 */
import { createRequire } from "node:module";
import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { invalidConfig } from "../errors.js";

/** A Standard Schema that can also print its JSON Schema: zod ≥ 4.2, arktype, valibot's adapter, `jsonSchema()`. */
export type ToolSchema<Input = unknown, Output = Input> = StandardSchemaV1<Input, Output> &
  StandardJSONSchemaV1<Input, Output>;

/** A JSON Schema document. */
export type JsonSchemaDocument = { readonly [keyword: string]: unknown };

/** One problem with a value: where, and what. */
export interface SchemaIssue {
  readonly path: string;
  readonly message: string;
}

const require = createRequire(import.meta.url);

let validator: Ajv2020 | undefined;

/** Loaded when first needed: most programs bring schemas that validate themselves. */
function ajv(): Ajv2020 {
  if (!validator) {
    const { Ajv2020: Validator }: typeof import("ajv/dist/2020.js") = require("ajv/dist/2020.js");
    validator = new Validator({
      useDefaults: true,
      allErrors: true,
      strict: false,
      addUsedSchema: false,
      // It would write to the console; formats it does not know are not checked, as the draft has it.
      logger: false,
    });
  }
  return validator;
}

/**
 * A plain JSON Schema (draft 2020-12) as a tool schema. Defaults are filled in. Throws INVALID_CONFIG when the
 * document is no valid schema.
 */
export function jsonSchema<T = Record<string, unknown>>(document: JsonSchemaDocument): ToolSchema<T, T> {
  let validate: ReturnType<Ajv2020["compile"]>;
  try {
    validate = ajv().compile(document);
  } catch (error) {
    throw invalidConfig(
      `The JSON Schema cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
      error,
    );
  }
  return {
    "~standard": {
      version: 1,
      vendor: "mooring",
      validate: (value) => {
        const copy = structuredClone(value);
        if (validate(copy)) return { value: copy as T };
        const issues = (validate.errors ?? []).map((error) => ({
          message: error.message ?? "is not valid",
          path: [...pointer(error.instancePath), ...missing(error.params)],
        }));
        return { issues };
      },
      jsonSchema: { input: () => document, output: () => document },
    },
  };
}

/** The steps of a JSON pointer. */
const pointer = (text: string): readonly string[] =>
  text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

/** The name of a required property that is missing belongs to the path. */
const missing = (params: Record<string, unknown>): readonly string[] =>
  typeof params.missingProperty === "string" ? [params.missingProperty] : [];

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
    return rest;
  } catch (error) {
    throw invalidConfig(
      `Tool '${tool}': its ${side} schema has no JSON form: ${error instanceof Error ? error.message : String(error)}.`,
      error,
    );
  }
}

/** What is sent as `parameters`: a schema of an object, without an empty `required`. */
export function parametersOf(tool: string, schema: ToolSchema): JsonSchemaDocument {
  const { type, required, ...rest } = printed(tool, schema, "input");
  if (type !== "object")
    throw invalidConfig(
      `Tool '${tool}': its input schema must describe an object; it describes ${String(type)}.`,
    );
  const parameters = { type, properties: {}, ...rest };
  return Array.isArray(required) && required.length > 0 ? { ...parameters, required } : parameters;
}

/** What is sent as the schema of results. */
export const outputOf = (tool: string, schema: ToolSchema): JsonSchemaDocument =>
  printed(tool, schema, "output");

/** The issues of a failed validation, with paths like `items.0.name`. */
export function issuesOf(issues: readonly StandardSchemaV1.Issue[]): readonly SchemaIssue[] {
  return issues.map(({ message, path }) => ({
    path: (path ?? [])
      .map((segment) => String(typeof segment === "object" ? segment.key : segment))
      .join("."),
    message,
  }));
}
