/** Plain JSON Schema documents as tool schemas, in each draft that converters stamp on what they print. */
import { createRequire } from "node:module";
import type { Options, ValidateFunction } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { invalidConfig, textOf } from "../../errors.js";
import { isObject } from "../../is-object.js";
import { jsonText } from "../../protocol/json-form.js";
import { issuesIn } from "../issues/json-schema.js";
import type { JsonSchemaDocument, ToolSchema } from "./schema.js";
import { isOverflow, measure } from "./validation.js";

type Validator = Pick<Ajv2020, "compile">;

const require = createRequire(import.meta.url);

const options = {
  useDefaults: true,
  strict: false,
  // `strict: false` lets these go, too: 1e999 is no integer, and what every object inherits is no property of it.
  strictNumbers: true,
  ownProperties: true,
  addUsedSchema: false,
  // It would write to the console; formats it does not know are not checked, as the draft has it.
  logger: false,
  // Each error has the document that it comes from.
  verbose: true,
} satisfies Options;

/** How many values an input may hold to be looked through for all that is wrong with it; of a larger one, the first. */
const thoroughValues = 1_000;

/** More errors than this are not even looked at: a keyword such as `contains` has one for each item. */
const maxErrors = 1_000;

function draft7(more: Options): Validator {
  const { Ajv }: typeof import("ajv") = require("ajv");
  const made = new Ajv({ ...options, ...more });
  made.addMetaSchema(require("ajv/dist/refs/json-schema-draft-06.json"));
  return made;
}

function draft2019(more: Options): Validator {
  const { Ajv2019 }: typeof import("ajv/dist/2019.js") = require("ajv/dist/2019.js");
  return new Ajv2019({ ...options, ...more });
}

function draft2020(more: Options): Validator {
  const { Ajv2020: Made }: typeof import("ajv/dist/2020.js") = require("ajv/dist/2020.js");
  return new Made({ ...options, ...more });
}

interface Draft {
  readonly uri: string;
  readonly make: (more: Options) => Validator;
}

const latest: Draft = { uri: "https://json-schema.org/draft/2020-12/schema", make: draft2020 };

const drafts: readonly Draft[] = [
  { uri: "http://json-schema.org/draft-06/schema#", make: draft7 },
  { uri: "http://json-schema.org/draft-07/schema#", make: draft7 },
  { uri: "https://json-schema.org/draft/2019-09/schema", make: draft2019 },
  latest,
];

/** Without what people write one way or the other. */
const bare = (uri: string): string => uri.replace(/^https?:\/\//, "").replace(/#$/, "");

function draftOf({ $schema }: JsonSchemaDocument): Draft {
  if ($schema === undefined) return latest;
  const draft =
    typeof $schema === "string" ? drafts.find(({ uri }) => bare(uri) === bare($schema)) : undefined;
  if (draft) return draft;
  throw invalidConfig(
    `The JSON Schema cannot be used: its $schema is ${JSON.stringify($schema)}; known are ${drafts.map(({ uri }) => uri).join(", ")}. Without $schema it is read as draft 2020-12.`,
  );
}

/** Two of each, made when first needed: most programs bring schemas that validate themselves. */
interface Pair {
  /** Stops at the first error, whatever the size of the input. */
  readonly first: Validator;
  readonly all: Validator;
}

const pairs = new Map<Draft["make"], Pair>();

function pairFor({ make }: Draft): Pair {
  const made = pairs.get(make) ?? { first: make({}), all: make({ allErrors: true }) };
  pairs.set(make, made);
  return made;
}

/** For a document without one: what has no name of its own ajv cannot refer to as a whole, as trees do by `#`. */
const anyId = "urn:mooring:tool";

interface Checks {
  readonly first: ValidateFunction;
  readonly all: ValidateFunction;
}

function compiled(document: JsonSchemaDocument): Checks {
  if (!isObject(document))
    throw invalidConfig("jsonSchema() takes a JSON Schema document: an object, such as { type: … }.");
  if (document.$async !== undefined)
    throw invalidConfig("The JSON Schema cannot be used: $async is no keyword of JSON Schema; remove it.");
  const draft = draftOf(document);
  const { first, all } = pairFor(draft);
  try {
    // Finds circles, in which whoever walks through the document would be lost.
    jsonText(document);
    if (has("__proto__", document)) throw new Error("a property named __proto__ cannot be checked");
    const stamped = { $id: anyId, ...document, $schema: draft.uri };
    return { first: first.compile(stamped), all: all.compile(stamped) };
  } catch (error) {
    throw invalidConfig(`The JSON Schema cannot be used: ${textOf(error)}.`, error);
  }
}

/** Whether anything below has that keyword, or a property of that name. */
const has = (keyword: string, node: unknown): boolean =>
  typeof node === "object" &&
  node !== null &&
  Object.entries(node).some(([key, value]) => key === keyword || has(keyword, value));

/** The errors of the last call, which the function keeps until the next. */
function errorsOf(check: ValidateFunction) {
  const errors = (check.errors ?? []).slice(0, maxErrors);
  check.errors = null;
  return errors;
}

function issuesOf({ first, all }: Checks, value: unknown) {
  const found = errorsOf(first);
  if (!measure(value, thoroughValues).isWithin || all(value)) return issuesIn(found, value);
  return issuesIn(errorsOf(all), value);
}

/** What comparing or descending may throw, as an issue: the value is to blame, not the tool. */
const unchecked = (error: unknown): string =>
  isOverflow(error) ? "is nested too deeply" : `cannot be checked: ${textOf(error)}`;

/**
 * A plain JSON Schema as a tool schema: draft 2020-12, or the draft that its `$schema` names (06, 07, 2019-09).
 * Defaults are filled in. Throws INVALID_CONFIG when the document is no valid schema.
 *
 * @example
 * ```ts
 * import { defineTool, jsonSchema } from "mooring";
 *
 * export const greet = defineTool({
 *   name: "greet",
 *   description: "Greet somebody",
 *   input: jsonSchema<{ name: string }>({
 *     type: "object",
 *     properties: { name: { type: "string" } },
 *     required: ["name"],
 *   }),
 *   run: ({ name }) => `Hello, ${name}`,
 * });
 * ```
 */
export function jsonSchema<T = Record<string, unknown>>(document: JsonSchemaDocument): ToolSchema<T, T> {
  const checks = compiled(document);
  const changes = has("default", document);
  return {
    "~standard": {
      version: 1,
      vendor: "mooring",
      validate: (value) => {
        try {
          const own = changes ? structuredClone(value) : value;
          return checks.first(own) ? { value: own as T } : { issues: issuesOf(checks, own) };
        } catch (error) {
          return { issues: [{ message: unchecked(error) }] };
        }
      },
      jsonSchema: { input: () => document, output: () => document },
    },
  };
}
