/**
 * A fault in words: what is expected, and what is there instead. The value itself is never told, because errors reach
 * logs: of text and numbers only the kind, and a length where the length is at fault.
 */
import { kindOf } from "../bad-request.js";
import type { Branch, Fault } from "./fault.js";
import { either } from "./words.js";

export interface Told {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

/** Unions within unions are looked into so deep. */
const mostNested = 5;

/** So many branches of a union that come equally near are told. */
const mostNear = 3;

/** What lies at a path of the input. */
export function at(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Readonly<Record<PropertyKey, unknown>>)[step];
  }
  return found;
}

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? "" : "s"}`;

function gotBySize(value: unknown): string {
  if (typeof value === "string") return `a string of ${counted(value.length, "character")}`;
  return Array.isArray(value) ? `a list of ${counted(value.length, "item")}` : kindAt(value);
}

function kindAt(value: unknown): string {
  if (typeof value !== "number") return kindOf(value);
  if (!Number.isFinite(value)) return "a number out of range";
  return Number.isInteger(value) ? "a number" : "a number with a fraction";
}

const another = (value: unknown): string => kindAt(value).replace(/^an? /, "another ");

function gotOf({ miss = "kind", isTag = false, expected = "" }: Fault, value: unknown): string {
  if (miss === "size") return gotBySize(value);
  const isOfThatKind = !isTag || (typeof value === "string") === expected.includes(`"`);
  return miss === "worth" && isOfThatKind && typeof value !== "object" ? another(value) : kindAt(value);
}

/** What a size is counted in. */
function unitOf(value: unknown): string {
  if (typeof value === "string") return " characters";
  return Array.isArray(value) ? " items" : "";
}

function textOf(fault: Fault, input: unknown): string {
  const value = at(input, fault.path);
  const got = gotOf(fault, value);
  const { expected, said, miss } = fault;
  const unit = miss === "size" ? unitOf(value) : "";
  const counted = / 1$/.test(expected ?? "") ? unit.replace(/s$/, "") : unit;
  const facts = expected === undefined ? `got ${got}` : `expected ${expected}${counted}, got ${got}`;
  return said === undefined ? facts : `${said} (${facts})`;
}

const isAt = ({ path }: Fault, length: number): boolean => path.length === length;

/** The branches that come nearest: those whose tag fits, of these the ones with the fewest faults. */
function nearestOf(branches: readonly Branch[]): readonly Branch[] {
  const meant = branches.filter((branch) => !branch.some(({ isTag }) => isTag));
  const left = meant.length > 0 ? meant : branches;
  const fewest = Math.min(...left.map(({ length }) => length));
  return left.filter(({ length }) => length === fewest);
}

/** The values that tell the branches apart, when the value at their place is that of none. */
function tagOf(branches: readonly Branch[]): Fault | undefined {
  const tags = branches.map((branch) => branch.find(({ isTag }) => isTag));
  const [first] = tags;
  const place = first?.path.join();
  if (!first || tags.some((tag) => tag?.path.join() !== place)) return undefined;
  return { ...first, expected: either(tags.map((tag) => tag?.expected ?? "")) };
}

/** What comes nearest, as one text that names the paths. */
function choiceOf(near: readonly Branch[], input: unknown, nested: number): string {
  const options = near.slice(0, mostNear).map((branch) =>
    branch
      .flatMap((fault) => toldOf(fault, input, nested))
      .map(({ path, text }) => `${path.map(String).join(".")}: ${text}`)
      .join(" and "),
  );
  return `(${[...new Set(options)].join("), or (")})`;
}

function toldOfUnion(fault: Fault, branches: readonly Branch[], input: unknown, nested: number): Told[] {
  const { path } = fault;
  // A branch that the value itself does not fit says what kind it wants; the others say what is wrong inside.
  const outside = branches.filter(([first]) => first && isAt(first, path.length) && !first.branches);
  const inside = branches.filter((branch) => !outside.includes(branch));
  if (inside.length === 0) {
    const faults = outside.flatMap(([first]) => first ?? []);
    const isKind = faults.every(({ miss = "kind" }) => miss === "kind");
    const expected = fault.expected ?? either(faults.map((one) => one.expected ?? "another value"));
    return [{ path, text: textOf({ path, expected, miss: isKind ? "kind" : "worth" }, input) }];
  }
  const tag = tagOf(inside);
  if (tag) return [{ path: tag.path, text: textOf(tag, input) }];
  const near = nearestOf(inside);
  if (near.length === 1) return (near[0] ?? []).flatMap((one) => toldOf(one, input, nested + 1));
  const text = `fits none of its forms, of which the nearest say ${choiceOf(near, input, nested + 1)}`;
  return [{ path, text }];
}

/** A fault in words; of a union those of the branch that comes nearest. */
export function toldOf(fault: Fault, input: unknown, nested = 0): Told[] {
  const { branches, said } = fault;
  if (branches && said === undefined && nested < mostNested)
    return toldOfUnion(fault, branches(), input, nested);
  return [{ path: fault.path, text: textOf(fault, input) }];
}
