/** A tool's result, held against its output schema. */
import { issuesText, type ToolSchema } from "./schema.js";
import { isThenable } from "./thenable.js";
import { ToolError } from "./tool-error.js";

type Checked = {
  readonly issues?: readonly { readonly message: string }[] | undefined;
  readonly value?: unknown;
};

function acceptedBy(checked: Checked): unknown {
  if (!checked.issues) return checked.value;
  throw new ToolError(
    "INVALID_RESULT",
    `the tool's result does not fit its output schema: ${issuesText(checked.issues)}`,
  );
}

/** What the schema makes of it; throws (or rejects with) INVALID_RESULT, which names each wrong field. */
export function checkedResult(schema: ToolSchema, result: unknown): unknown {
  if (isThenable(result)) return Promise.resolve(result).then((value) => checkedResult(schema, value));
  const checked = schema["~standard"].validate(result);
  return isThenable(checked) ? Promise.resolve(checked).then(acceptedBy) : acceptedBy(checked);
}
