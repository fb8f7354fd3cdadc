/** What ajv found wrong, in words that say what would be right. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ErrorObject } from "ajv";

/** How many allowed values are named. */
const maxNamed = 20;

/** How much of a value or a name is quoted. */
const maxQuoted = 60;

function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > maxQuoted ? `${text.slice(0, maxQuoted - 1)}…` : text;
}

function listed(values: readonly unknown[]): string {
  const named = values.slice(0, maxNamed).map(quoted).join(", ");
  return values.length > maxNamed ? `${named} and ${values.length - maxNamed} more` : named;
}

/** The steps of a JSON pointer. */
const pointer = (text: string): readonly string[] =>
  text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const unknown = (name: unknown): string => `must not have the property ${quoted(name)}`;

function messageOf({ keyword, message = "is not valid", params }: ErrorObject): string {
  switch (keyword) {
    case "additionalProperties":
      return unknown(params.additionalProperty);
    case "unevaluatedProperties":
      return unknown(params.unevaluatedProperty);
    case "propertyNames":
      return `must not have a property named ${quoted(params.propertyName)}`;
    case "enum":
      return Array.isArray(params.allowedValues) ? `must be one of ${listed(params.allowedValues)}` : message;
    case "const":
      return `must be ${quoted(params.allowedValue)}`;
    case "false schema":
      return "must not be given";
    default:
      return message;
  }
}

/** The name of a required property that is missing belongs to the path. */
export const issueIn = (error: ErrorObject): StandardSchemaV1.Issue => ({
  message: messageOf(error),
  path: [
    ...pointer(error.instancePath),
    ...(typeof error.params.missingProperty === "string" ? [error.params.missingProperty] : []),
  ],
});
