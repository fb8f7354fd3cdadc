/**
 * Refuses options that do not exist, so that a misspelt one is an error and not a default, and values of the wrong
 * kind. What a number may be, and what goes together, whoever takes the options judges.
 */
import { invalidConfig } from "../errors.js";
import { isObject } from "../is-object.js";
import { type Group, isKind, type Kind, named, type OptionTable, shown } from "./kinds.js";
import { nearestName } from "./nearest-name.js";

/** Whose options they are. */
export interface Call {
  /** As people write it: `createRuntime()`. */
  readonly name: string;
  readonly table: OptionTable;
  /** What must be given, by its path, and what to give. */
  readonly required?: Readonly<Record<string, string>>;
  /** An object of a class may be given, too: what else it has is its own affair. */
  readonly takesInstances?: boolean;
}

const pathsOf = (table: OptionTable): readonly string[] =>
  Object.entries(table).flatMap(([name, entry]) =>
    isKind(entry) ? [name] : [name, ...Object.keys(entry).map((inner) => `${name}.${inner}`)],
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

function refuseName(field: string, name: string, here: readonly string[], call: Call, other?: Call): never {
  if (other !== undefined && field === name && Object.hasOwn(other.table, name))
    throw invalidConfig(`${field} is an option of ${other.name}, not of ${call.name}: give it there.`);
  const likely = meant(name, here, pathsOf(call.table));
  throw invalidConfig(
    `${field} is no option of ${call.name}; ${likely ? `did you mean "${likely}"?` : `known are ${here.join(", ")}.`}`,
  );
}

function checkValue(field: string, value: unknown, kind: Kind): void {
  if (!kind.is(value)) throw invalidConfig(`${field} must be ${kind.wanted}; got ${shown(value, kind)}.`);
  if (kind.items === undefined || !(typeof value === "object" && value !== null)) return;
  const isList = Array.isArray(value);
  for (const [name, item] of isList ? value.entries() : Object.entries(value))
    checkValue(isList ? `${field}[${name}]` : `${field}.${name}`, item, kind.items);
}

function checkGroup(field: string, value: unknown, group: Group): asserts value is object {
  if (isObject(value)) return;
  const wanted = `an object, such as { ${Object.keys(group)[0]}: … }`;
  throw invalidConfig(`${field} must be ${wanted}; got ${shown(value, group)}.`);
}

const isPlain = (given: object) => [Object.prototype, null].includes(Object.getPrototypeOf(given));

function check(given: object, table: OptionTable, call: Call, other: Call | undefined, prefix = ""): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const field = prefix + name;
    const entry = Object.hasOwn(table, name) ? table[name] : undefined;
    if (entry === undefined) {
      if (call.takesInstances && !isPlain(given)) continue;
      const here = Object.keys(table).map((one) => prefix + one);
      return refuseName(field, name, here, call, other);
    }
    if (isKind(entry)) {
      checkValue(field, value, entry);
    } else {
      checkGroup(field, value, entry);
      check(value, entry, call, other, `${field}.`);
    }
  }
}

const valueAt = (options: object, path: string): unknown =>
  path.split(".").reduce<unknown>((at, name) => (isObject(at) ? Reflect.get(at, name) : undefined), options);

/**
 * Throws INVALID_CONFIG that names the option and, for a misspelt one, the name that was meant. The options of
 * `other` are often given here by mistake.
 */
export function checkOptions(options: unknown, call: Call, other?: Call): asserts options is object {
  if (!isObject(options))
    throw invalidConfig(`${call.name} takes an object of options; got ${named(options)}.`);
  check(options, call.table, call, other);
  for (const [path, what] of Object.entries(call.required ?? {}))
    if (valueAt(options, path) === undefined)
      throw invalidConfig(`${path} is required by ${call.name}: give ${what}.`);
}
