/** What Valibot's issues say, read from their fields: their messages have the value. Texts of the author's own stay. */
import { type Fault, issuesOf, type RawIssue, stepsOf } from "./fault.js";
import {
  atLeast,
  atMost,
  cut,
  either,
  formatNamed,
  kindNamed,
  matching,
  noSuchProperty,
  passing,
} from "./words.js";

/** Not that of Valibot, in any language: those tell what was received. */
function ownText({ message, received }: RawIssue): string | undefined {
  const text = String(received);
  const isTold = message.endsWith(`eceived ${text}`) || (text.startsWith('"') && message.includes(text));
  return isTold ? undefined : message;
}

/** Valibot joins the kinds of a union: `(string | Object)`. */
function kindsIn(expected: string): string {
  const joined = /^\((.*)\)$/.exec(expected)?.[1] ?? expected;
  return either(joined.split(" | ").map(kindNamed));
}

/** Whether what is expected is a value, not the name of a kind. */
const isLiteral = (expected: string): boolean => /^\(?["\d-]/.test(expected);

function schemaFacts({ type, expected, path }: RawIssue): Partial<Fault> {
  const last = path?.at(-1) as { readonly origin?: unknown } | undefined;
  if (last?.origin === "key") return { expected: expected === "never" ? noSuchProperty : "a value" };
  if (type === "strict_object" && expected === "never") return { expected: noSuchProperty };
  const text = String(expected);
  if (!isLiteral(text)) return { expected: kindsIn(text) };
  const values = cut((/^\((.*)\)$/.exec(text)?.[1] ?? text).replaceAll(" | ", ", "), 400);
  return { expected: text.startsWith("(") ? `one of ${values}` : values, miss: "worth", isTag: true };
}

const ofSize = /length|entries|size|bytes|words|graphemes/;

function checkFacts(issue: RawIssue): Partial<Fault> {
  const { type, expected, requirement, message } = issue;
  const name = String(type);
  const miss = ofSize.test(name) ? "size" : "worth";
  const [, sign, limit] = /^([<>]=?|!)?(.*)$/s.exec(String(expected ?? "")) ?? [];
  if (name === "regex") return { expected: matching(String(requirement)), miss };
  if (sign === ">=") return { expected: atLeast(limit), miss };
  if (sign === "<=") return { expected: atMost(limit), miss };
  if (sign === ">") return { expected: `more than ${limit}`, miss };
  if (sign === "<") return { expected: `less than ${limit}`, miss };
  if (sign === "!") return { expected: `anything but ${limit}`, miss };
  if (name === "integer" || name === "safe_integer") return { expected: "an integer" };
  if (name === "multiple_of") return { expected: `a multiple of ${String(requirement)}`, miss };
  if (limit) return { expected: limit, miss };
  if (name.includes("check")) return ownText(issue) === undefined ? { expected: passing, miss } : { miss };
  return { expected: formatNamed(name, /^Invalid ([^:]+):/.exec(message)?.[1] ?? name), miss };
}

/** Those of a union are in one list for all its branches; without one inside, what is expected says it all. */
function branchesOf({ type, issues }: RawIssue, path: readonly PropertyKey[]): Fault["branches"] {
  const inside = type === "union" ? issuesOf(issues) : [];
  if (!inside.some((issue) => stepsOf(issue.path).length > 0)) return undefined;
  return () => inside.map((issue) => [valibotFault(issue, path)]);
}

export function valibotFault(issue: RawIssue, outer: readonly PropertyKey[] = []): Fault {
  const path = [...outer, ...stepsOf(issue.path)];
  const said = ownText(issue);
  const facts = issue.kind === "schema" ? schemaFacts(issue) : checkFacts(issue);
  const branches = branchesOf(issue, path);
  return branches ? { path, said, branches } : { path, said, ...facts };
}
