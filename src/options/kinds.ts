/** The kinds of values that options have: what each must be, and how one that is not is told. */
import { isObject } from "../is-object.js";

/** What the value of one option must be. */
export interface Kind<Value = unknown> {
  /** In words that follow "must be". */
  readonly wanted: string;
  readonly is: (value: unknown) => value is Value;
  /** Nobody puts a secret there, so an error may quote a text or a number that is wrong. */
  readonly isOpen?: boolean;
  /** The kind of each item, when it is a list or an object of them. */
  readonly items?: Kind;
}

/** The options of an option. */
export type Group = Readonly<Record<string, Kind>>;

export type OptionTable = Readonly<Record<string, Kind | Group>>;

export const isKind = (entry: Kind | Group): entry is Kind => typeof entry.is === "function";

/** Half of a surrogate pair: UTF-8 has no form for it, so on the wire and in files it would become another text. */
const isWhole = (text: string): boolean => !/\p{Cs}/u.test(text);

export const text: Kind<string> = {
  wanted: "a text",
  is: (value): value is string => typeof value === "string" && isWhole(value),
};

export const number: Kind<number> = {
  wanted: "a number",
  is: (value) => typeof value === "number",
  isOpen: true,
};

export const onOff: Kind<boolean> = {
  wanted: "true or false",
  is: (value) => typeof value === "boolean",
  isOpen: true,
};

/** A function, whatever it takes and returns. */
export const callable: Kind<never> = {
  wanted: "a function",
  is: (value): value is never => typeof value === "function",
};

/** A list, whatever is in it. */
export const list: Kind<never> = { wanted: "a list", is: (value): value is never => Array.isArray(value) };

/** Options that are checked where they are handed on to. */
export const options: Kind<never> = {
  wanted: "an object of options",
  is: (value): value is never => isObject(value),
};

export const texts: Kind<readonly string[]> = {
  wanted: "a list of texts",
  is: (value): value is readonly string[] => Array.isArray(value),
  items: text,
};

export const textsByName: Kind<Readonly<Record<string, string>>> = {
  wanted: "an object of texts",
  is: (value): value is Readonly<Record<string, string>> =>
    isObject(value) && Object.keys(value).every(isWhole),
  items: text,
};

/** Whoever uses the value looks at it, and says what is wrong with it. */
export const judged: Kind<never> = { wanted: "anything", is: (_value): _value is never => true };

/** Something that is called by these names, a class's instance or not. */
export function having(...functions: readonly string[]): Kind<never> {
  const names =
    functions.length > 1 ? `${functions.slice(0, -1).join(", ")} and ${functions.at(-1)}` : functions[0];
  return {
    wanted: `an object with the functions ${names}`,
    is: (value): value is never => {
      if (typeof value !== "function" && !isObject(value)) return false;
      return functions.every((name) => typeof Reflect.get(value, name) === "function");
    },
  };
}

export const logger = having("debug", "info", "warn", "error");

const half = "half a character (a lone surrogate)";

/** The word for what must not be quoted: it may hold a secret, or be one. */
export function named(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return "a list";
  const type = typeof value;
  if (typeof value === "string") return isWhole(value) ? "a text" : `a text with ${half}`;
  if (type === "number" || type === "bigint") return "a number";
  if (type === "undefined") return "nothing";
  if (!isObject(value)) return `a ${type}`;
  return Object.keys(value).every(isWhole) ? "an object" : `an object with ${half} in a name`;
}

/** A value of the wrong kind as an error may show it. */
export function shown(value: unknown, wanted: Kind | Group): string {
  if (!wanted.isOpen) return named(value);
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "number" ? String(value) : named(value);
}
