/**
 * What ArkType's issues say, read from their fields: their messages have the value, and writing one goes through all of
 * it. Texts of the author's own stay.
 */
import { type Fault, issuesOf, type RawIssue, stepsOf } from "./fault.js";
import { kindNamed, matching, noSuchProperty, oneOf, passing } from "./words.js";

type Writer = string | ((issue: RawIssue) => string);

interface ArkIssue extends RawIssue {
  readonly code?: string;
  readonly input?: { readonly message?: string; readonly problem?: string };
  readonly meta?: { readonly message?: Writer; readonly problem?: Writer };
}

function ownText(issue: ArkIssue): string | undefined {
  const { input, meta } = issue;
  const given = input?.message ?? input?.problem ?? meta?.message ?? meta?.problem;
  return typeof given === "function" ? String(given(issue)) : given;
}

const ofSize = /Length$/i;
const ofKind = new Set(["domain", "proto", "required", "divisor"]);
const anyPredicate = "valid according to an anonymous predicate";

/** ArkType counts in "length"; an author's description says all by itself. */
function ofLength(expected: string): Partial<Fault> {
  const count = /^(.*) length (\S+)$/.exec(expected);
  return count ? { expected: `${count[1]} ${count[2]}`, miss: "size" } : { expected, miss: "worth" };
}

function factsOf(issue: ArkIssue): Partial<Fault> {
  const { code = "" } = issue;
  if (code === "unit") return { expected: oneOf([issue.unit]), miss: "worth", isTag: true };
  const expected = String(issue.expected);
  if (expected === "removed") return { expected: noSuchProperty };
  if (expected === anyPredicate) return { expected: passing, miss: "worth" };
  if (ofSize.test(code)) return ofLength(expected);
  if (expected.startsWith("matched by "))
    return { expected: matching(`/${String(issue.rule)}/`), miss: "worth" };
  // A choice of values that tells the branches of a union apart, or a choice of kinds.
  if (code === "predicate")
    return expected.startsWith('"') ? { expected, miss: "worth", isTag: true } : { expected };
  return { expected: kindNamed(expected), miss: ofKind.has(code) ? "kind" : "worth" };
}

/** One for each of what is wrong at one path. */
export function arktypeFaults(raw: RawIssue): Fault[] {
  const issue = raw as ArkIssue;
  const inside = issuesOf(issue.errors);
  const said = ownText(issue);
  const path = stepsOf(issue.path);
  if (said === undefined && issue.code === "intersection") return inside.flatMap(arktypeFaults);
  if (issue.code !== "union") return [{ path, said, ...factsOf(issue) }];
  return [{ path, said, branches: () => inside.map(arktypeFaults) }];
}
