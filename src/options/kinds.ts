/** The kinds of values that options have: what each must be, and how one that is not is told. */
import { isObject } from "../protocol/is-object.js";

/** What the value of one option must be. */
export interface Kind {
  /** In words that follow "must be". */
  readonly wanted: string;
  is(value: unknown): boolean;
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

export const text: Kind = {
  wanted: "a text",
  is: (value) => typeof value === "string" && isWhole(value),
};

export const number: Kind = { wanted: "a number", is: (value) => typeof value === "number", isOpen: true };

export const onOff: Kind = {
  wanted: "true or false",
  is: (value) => typeof value === "boolean",
  isOpen: true,
};

export const callable: Kind = { wanted: "a function", is: (value) => typeof value === "function" };

export const list: Kind = { wanted: "a list", is: Array.isArray };

/** Options that are checked where they are handed on to. */
export const options: Kind = { wanted: "an object of options", is: isObject };

export const texts: Kind = { wanted: "a list of texts", is: Array.isArray, items: text };

export const textsByName: Kind = {
  wanted: "an object of texts",
  is: (value) => isObject(value) && Object.keys(value).every(isWhole),
  items: text,
};

/** Whoever uses the value looks at it, and says what is wrong with it. */
export const judged: Kind = { wanted: "anything", is: () => true };

/** Something that is called by these names, a class's instance or not. */
export function having(...functions: readonly string[]): Kind {
  const names =
    functions.length > 1 ? `${functions.slice(0, -1).join(", ")} and ${functions.at(-1)}` : functions[0];
  return {
    wanted: `an object with the functions ${names}`,
    is: (value) => {
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
