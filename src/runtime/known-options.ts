/**
 * Refuses options that do not exist, so that a misspelt one is an error and not a default, and values of the wrong
 * kind. What a number may be, and what goes together, `options.ts` judges.
 */
import { invalidConfig } from "../errors.js";
import { nearestName } from "./nearest-name.js";
import {
  type Group,
  type Kind,
  type OptionTable,
  registrationOptions,
  runtimeOptions,
} from "./option-table.js";
import type { RegistrationOptions, RuntimeOptions } from "./options.js";

/** Whose options they are, and whose are often given there by mistake. */
interface Call {
  readonly name: string;
  readonly table: OptionTable;
}

const createRuntime: Call = { name: "createRuntime()", table: runtimeOptions };
const add: Call = { name: "add()", table: registrationOptions };

/** The word for what must not be quoted: it may hold a secret, or be one. */
function named(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  const words = { string: "a text", bigint: "a number", object: "an object", undefined: "nothing" };
  const type = typeof value;
  return type in words ? words[type as keyof typeof words] : `a ${type}`;
}

/** A value of the wrong kind, quoted only where nobody would put a secret. */
function shown(value: unknown, wanted: Kind | Group): string {
  if (wanted !== "switch") return named(value);
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "number" ? String(value) : named(value);
}

/** What a value of the kind must be, when it is none. */
function expectation(value: unknown, wanted: Kind | Group): string | undefined {
  if (wanted === "judged") return undefined;
  if (wanted === "switch") return typeof value === "boolean" ? undefined : "true or false";
  if (wanted === "text") return typeof value === "string" ? undefined : "a text";
  if (typeof value === "object" && value !== null) return undefined;
  return `an object, such as { ${Object.keys(wanted)[0]}: … }`;
}

const pathsOf = (table: OptionTable): readonly string[] =>
  Object.entries(table).flatMap(([name, kind]) =>
    typeof kind === "string" ? [name] : [name, ...Object.keys(kind).map((inner) => `${name}.${inner}`)],
  );

const isNamed = (path: string, name: string) =>
  path.slice(path.lastIndexOf(".") + 1).toLowerCase() === name.toLowerCase();

/** The option that was probably meant: the same name here or elsewhere, else the nearest here. */
function meant(name: string, here: readonly string[], everywhere: readonly string[]): string | undefined {
  const same = [...here, ...everywhere].find((path) => isNamed(path, name));
  if (same !== undefined) return same;
  const near = nearestName(
    name,
    here.map((path) => path.slice(path.lastIndexOf(".") + 1)),
  );
  return near === undefined ? undefined : here.find((path) => isNamed(path, near));
}

function refuseName(field: string, name: string, here: readonly string[], call: Call, other: Call): never {
  if (field === name && Object.hasOwn(other.table, name))
    throw invalidConfig(`${field} is an option of ${other.name}, not of ${call.name}: give it there.`);
  const likely = meant(name, here, pathsOf(call.table));
  throw invalidConfig(
    `${field} is no option; ${likely ? `did you mean "${likely}"?` : `known are ${here.join(", ")}.`}`,
  );
}

function check(given: object, table: OptionTable, call: Call, other: Call, prefix = ""): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const field = prefix + name;
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) {
      const here = Object.keys(table).map((one) => prefix + one);
      return refuseName(field, name, here, call, other);
    }
    const wanted = expectation(value, kind);
    if (wanted !== undefined) throw invalidConfig(`${field} must be ${wanted}; got ${shown(value, kind)}.`);
    if (typeof kind === "object") check(value, kind, call, other, `${field}.`);
  }
}

/** Throws INVALID_CONFIG that names the option and, for a misspelt one, the name that was meant. */
export function refuseUnknownOptions(options: RuntimeOptions): void {
  check(options, createRuntime.table, createRuntime, add);
}

/** The same for the options of a registration. */
export function refuseUnknownRegistrationOptions(options: RegistrationOptions): void {
  check(options, add.table, add, createRuntime);
}
