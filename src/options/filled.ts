/** Fills in what is not given, row by row: option, then environment, then default. */

import { type Environment, given } from "../environment/environment.js";
import { readMilliseconds } from "../environment/milliseconds.js";
import { readSwitch } from "../environment/switch.js";
import { invalidConfig } from "../errors.js";
import { isKind, number, onOff, texts } from "./kinds.js";
import { allowed } from "./ranges.js";
import type { Row } from "./rows.js";

interface Table {
  readonly [name: string]: Row | { readonly [name: string]: Row };
}

/** The settings that a table makes: each option whose row has a default, and each that has options of its own. */
export type Filled<Rows> = {
  readonly [Name in keyof Rows as Rows[Name] extends { readonly says: string }
    ? Rows[Name] extends { readonly default: unknown }
      ? Name
      : never
    : Name]: Rows[Name] extends { readonly default: infer Value } ? Value : Filled<Rows[Name]>;
};

function numberIn(name: string, text: string, row: Row, env: Environment): number | undefined {
  if (row.unit === "ms") return readMilliseconds(name, env);
  if (/^\d+$/.test(text)) return Number(text);
  throw invalidConfig(`${name} must be a whole number, in digits; got "${text}".`);
}

/** What a variable says, in the kind of the row; undefined when it is unset or blank. Throws INVALID_CONFIG. */
function valueIn(name: string, row: Row, env: Environment): unknown {
  const text = given(env[name]);
  if (text === undefined) return undefined;
  if (row.is === onOff.is) return readSwitch(name, env);
  if (row.is === number.is) return numberIn(name, text, row, env);
  if (row.is !== texts.is) return text;
  return text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

/** The value of one option. Throws INVALID_CONFIG that names the option, or the variable that it came from. */
export function settled<Value>(
  field: string,
  given: Value | undefined,
  row: Row<Value>,
  env: Environment = {},
): Value | undefined {
  if (given !== undefined) return allowed(field, given, row);
  for (const name of row.environment ?? []) {
    const value = valueIn(name, row, env) as Value | undefined; // read as the row's kind wants it
    if (value !== undefined) return allowed(name, value, row);
  }
  return row.default === undefined ? undefined : allowed(field, row.default, row);
}

/** Every option that has a value. The options themselves have been checked by `checkOptions`. */
export function filled<Rows extends Table>(
  rows: Rows,
  options: object,
  env: Environment = {},
  prefix = "",
): Filled<Rows> {
  const values = Object.entries(rows).map(([name, entry]): [string, unknown] => {
    const given: unknown = Reflect.get(options, name);
    if (isKind(entry)) return [name, settled(prefix + name, given, entry, env)];
    return [name, filled(entry, Object(given ?? {}), env, `${prefix}${name}.`)];
  });
  // The names of the rows, with what their kinds take.
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Filled<Rows>;
}
