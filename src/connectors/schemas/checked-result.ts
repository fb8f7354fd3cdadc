/** A tool's result, held against its output schema. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { issuesText } from "../issues/issue-text.js";
import { isThenable } from "../thenable.js";
import { ToolError } from "../tools/tool-error.js";
import type { ToolSchema } from "./schema.js";

function accepted(schema: ToolSchema, result: unknown, checked: StandardSchemaV1.Result<unknown>): unknown {
  if (!checked.issues) return checked.value;
  throw new ToolError(
    "INVALID_RESULT",
    `the tool's result does not fit its output schema: ${issuesText(schema, result, checked.issues)}`,
  );
}

/** What the schema makes of it; throws (or rejects with) INVALID_RESULT, which names each wrong field. */
export function checkedResult(schema: ToolSchema, result: unknown): unknown {
  if (isThenable(result)) return Promise.resolve(result).then((value) => checkedResult(schema, value));
  const checked = schema["~standard"].validate(result);
  return isThenable(checked)
    ? Promise.resolve(checked).then((done) =>
        accepted(schema, result, done as StandardSchemaV1.Result<unknown>),
      )
    : accepted(schema, result, checked);
}
