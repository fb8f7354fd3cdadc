/** Values of payloads against the schema that an author has given, within bounds of work. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { issuesText } from "../issues/issue-text.js";
import { isThenable } from "../thenable.js";
import { ToolError } from "../tools/tool-error.js";
import { costOfSchema } from "./schema.js";
import { defaultValidation, Validation, type ValidationLimits } from "./validation.js";

/** A value that is right, or what is wrong with it, in words. */
export type Checked<Value> = { readonly value: Value } | { readonly wrong: string };

/** Without a schema every value is right. */
export class Checker<Output> {
  readonly #schema: StandardSchemaV1<unknown, Output> | undefined;
  readonly #validation: Validation;

  constructor(schema: StandardSchemaV1<unknown, Output> | undefined) {
    this.#schema = schema;
    this.#validation = new Validation(schema ? costOfSchema(schema) : "by size");
  }

  check(
    value: unknown,
    limits: ValidationLimits = defaultValidation,
  ): Checked<Output> | PromiseLike<Checked<Output>> {
    const schema = this.#schema;
    if (!schema) return { value: value as Output }; // the type of a payload that nobody looks at is the author's word
    try {
      const result = this.#validation.run(value, limits, (one) => schema["~standard"].validate(one));
      return isThenable(result)
        ? (result as Promise<StandardSchemaV1.Result<Output>>).then((done) => said(schema, value, done))
        : said(schema, value, result);
    } catch (error) {
      if (error instanceof ToolError) return { wrong: error.message };
      throw error;
    }
  }
}

const said = <Output>(
  schema: StandardSchemaV1,
  value: unknown,
  result: StandardSchemaV1.Result<Output>,
): Checked<Output> =>
  result.issues ? { wrong: issuesText(schema, value, result.issues) } : { value: result.value };
