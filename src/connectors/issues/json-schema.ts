/** What ajv found wrong with an input, in words that say what would be right. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ErrorObject } from "ajv";
import { isObject } from "../../is-object.js";
import { type Branch, type Fault, mostBranches } from "./fault.js";
import { toldOf } from "./told.js";
import {
  atLeast,
  atMost,
  either,
  kindNamed,
  matching,
  noSuchProperty,
  oneForm,
  oneOf,
  quoted,
} from "./words.js";

/** The steps of a JSON pointer. */
const pointer = (text: string): readonly string[] =>
  text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));

const kindsOf = (type: unknown): string =>
  either((Array.isArray(type) ? type : String(type).split(",")).map((one) => kindNamed(String(one))));

/** What a document says of a property, in short. */
function expectedOf(document: unknown): string {
  if (!isObject(document)) return "a value";
  if (document.const !== undefined) return oneOf([document.const]);
  if (Array.isArray(document.enum)) return oneOf(document.enum);
  return document.type === undefined ? "a value" : kindsOf(document.type);
}

function missing({ params, parentSchema }: ErrorObject): Partial<Fault> {
  const properties = isObject(parentSchema?.properties) ? parentSchema.properties : {};
  const name = String(params.missingProperty);
  return { expected: expectedOf(Object.hasOwn(properties, name) ? properties[name] : undefined) };
}

const limited = ({ params }: ErrorObject): string => {
  const { comparison, limit } = params;
  if (comparison === ">=") return atLeast(limit);
  if (comparison === "<=") return atMost(limit);
  return `${comparison === ">" ? "more" : "less"} than ${String(limit)}`;
};

function factsOf(error: ErrorObject): Partial<Fault> {
  const { keyword, params, message = "is not valid" } = error;
  switch (keyword) {
    case "type":
      return { expected: kindsOf(params.type) };
    case "required":
    case "dependentRequired":
    case "dependencies":
      return missing(error);
    case "additionalProperties":
    case "unevaluatedProperties":
      return { expected: noSuchProperty };
    case "propertyNames":
      return { said: `must not have a property named ${quoted(params.propertyName)}` };
    case "enum":
      return { expected: oneOf(params.allowedValues), miss: "worth", isTag: true };
    case "const":
      return { expected: oneOf([params.allowedValue]), miss: "worth", isTag: true };
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
    case "exclusiveMaximum":
      return { expected: limited(error), miss: "worth" };
    case "multipleOf":
      return { expected: `a multiple of ${String(params.multipleOf)}`, miss: "worth" };
    case "pattern":
      return { expected: matching(`/${String(params.pattern)}/`), miss: "worth" };
    case "minLength":
    case "minItems":
    case "minProperties":
      return { expected: atLeast(params.limit), miss: "size" };
    case "maxLength":
    case "maxItems":
    case "maxProperties":
    case "additionalItems":
    case "unevaluatedItems":
    case "items":
      return { expected: atMost(params.limit ?? params.len), miss: "size" };
    case "oneOf":
      return { expected: oneForm, miss: "worth" };
    case "false schema":
      return { expected: "nothing" };
    default:
      return { said: message, miss: "worth" };
  }
}

/** The name of a property that is missing or too much belongs to the path. */
function pathOf({ instancePath, params }: ErrorObject): readonly string[] {
  const { missingProperty, additionalProperty, unevaluatedProperty } = params;
  const name = missingProperty ?? additionalProperty ?? unevaluatedProperty;
  return [...pointer(instancePath), ...(typeof name === "string" ? [name] : [])];
}

const isUnion = ({ keyword, params }: ErrorObject): boolean =>
  keyword === "anyOf" || (keyword === "oneOf" && params.passingSchemas == null);

/** The number of the branch that an error belongs to: one that stands in it, or in what it refers to. */
function branchOf(error: ErrorObject, { instancePath, schemaPath, schema }: ErrorObject): number | undefined {
  if (!error.instancePath.startsWith(instancePath)) return undefined;
  const prefix = `${schemaPath}/`;
  if (error.schemaPath.startsWith(prefix)) return Number.parseInt(error.schemaPath.slice(prefix.length), 10);
  const forms: readonly unknown[] = Array.isArray(schema) ? schema : [];
  const referred = forms.findIndex(
    (form) => isObject(form) && typeof form.$ref === "string" && error.schemaPath.startsWith(`${form.$ref}/`),
  );
  return referred < 0 ? undefined : referred;
}

/** Takes the errors of its branches off the end of what has been found; ajv lists them before their union. */
function withBranches(union: ErrorObject, found: Found[]): Fault {
  const branches = new Map<number, Fault[]>();
  for (let last = found.at(-1); last; last = found.at(-1)) {
    const branch = branchOf(last.error, union);
    if (branch === undefined) break;
    const faults = branches.get(branch) ?? [];
    branches.set(branch, faults);
    faults.unshift(last.fault);
    found.pop();
  }
  const path = pathOf(union);
  const listed: Branch[] = [...branches].sort(([a], [b]) => a - b).map(([, faults]) => faults);
  return listed.length > 0
    ? { path, branches: () => listed.slice(0, mostBranches) }
    : { path, said: "fits none of its forms", miss: "worth" };
}

interface Found {
  readonly error: ErrorObject;
  readonly fault: Fault;
}

/** An issue for each fault, whose message says what is expected and what is there instead. */
export function issuesIn(errors: readonly ErrorObject[], input: unknown): StandardSchemaV1.Issue[] {
  const found: Found[] = [];
  for (const error of errors) {
    const fault = isUnion(error) ? withBranches(error, found) : { path: pathOf(error), ...factsOf(error) };
    found.push({ error, fault });
  }
  return found
    .flatMap(({ fault }) => toldOf(fault, input))
    .map(({ path, text }) => ({ message: text, path: [...path] }));
}
