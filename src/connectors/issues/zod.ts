/** What Zod's issues say, read from their fields; texts of the author's own stay. */
import { type Fault, issuesOf, mostBranches, type RawIssue, stepsOf } from "./fault.js";
import {
  atLeast,
  atMost,
  formatNamed,
  kindNamed,
  matching,
  noSuchProperty,
  oneForm,
  oneOf,
  passing,
  quoted,
} from "./words.js";

/** How messages begin that nobody wrote: the author's own are kept beside the facts. */
const own = /^(?:Invalid |Too (?:big|small): expected |Unrecognized key)/;

const withSize = new Set<unknown>(["string", "array", "set", "map", "file"]);

function sized({ origin, exact, inclusive, maximum, minimum }: RawIssue): Partial<Fault> {
  const miss = withSize.has(origin) ? "size" : "worth";
  const limit = maximum ?? minimum;
  if (exact) return { expected: `exactly ${String(limit)}`, miss };
  if (inclusive === false)
    return { expected: `${maximum === undefined ? "more" : "less"} than ${String(limit)}`, miss };
  return { expected: maximum === undefined ? atLeast(minimum) : atMost(maximum), miss };
}

function formatted({ format, pattern, prefix, suffix, includes, message }: RawIssue): string {
  switch (format) {
    case "regex":
      return matching(String(pattern));
    case "starts_with":
      return `a string that starts with ${quoted(prefix)}`;
    case "ends_with":
      return `a string that ends with ${quoted(suffix)}`;
    case "includes":
      return `a string that contains ${quoted(includes)}`;
    default:
      return formatNamed(String(format), /^Invalid (.+)$/.exec(message)?.[1]);
  }
}

type Path = readonly PropertyKey[];

function union({ errors, options, inclusive }: RawIssue, path: Path): Partial<Fault> {
  if (Array.isArray(options) && options.length > 0)
    return { expected: oneOf(options), miss: "worth", isTag: true };
  if (inclusive === false) return { expected: oneForm, miss: "worth" };
  if (!Array.isArray(errors) || errors.length === 0) return { expected: "one of its forms", miss: "worth" };
  const branches = errors.slice(0, mostBranches);
  return {
    branches: () => branches.map((branch) => issuesOf(branch).flatMap((issue) => zodFaults(issue, path))),
  };
}

function factsOf(issue: RawIssue, path: Path): Partial<Fault> {
  switch (issue.code) {
    case "invalid_type":
      return { expected: kindNamed(String(issue.expected)) };
    case "invalid_value":
      return { expected: oneOf(Array.isArray(issue.values) ? issue.values : []), miss: "worth", isTag: true };
    case "too_big":
    case "too_small":
      return sized(issue);
    case "invalid_format":
      return { expected: formatted(issue), miss: "worth" };
    case "not_multiple_of":
      return { expected: `a multiple of ${String(issue.divisor)}`, miss: "worth" };
    case "invalid_union":
      return union(issue, path);
    case "invalid_key":
      return { expected: "another name of the property", miss: "worth" };
    case "invalid_element":
      return { expected: "other items", miss: "worth" };
    default:
      return own.test(issue.message) ? { expected: passing, miss: "worth" } : { miss: "worth" };
  }
}

/** One for each property that is not known, one for each other issue. */
export function zodFaults(issue: RawIssue, outer: Path = []): Fault[] {
  const path = [...outer, ...stepsOf(issue.path)];
  const said = own.test(issue.message) ? undefined : issue.message;
  if (issue.code === "unrecognized_keys" && Array.isArray(issue.keys))
    return issue.keys.slice(0, 100).map((key) => ({ path: [...path, key], expected: noSuchProperty, said }));
  return [{ path, said, ...factsOf(issue, path) }];
}
