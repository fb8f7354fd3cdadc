/**
 * Values as JSON, without a loss: `JSON.stringify` makes `{}` of a Map, `null` of NaN, and leaves functions out,
 * without a word. A value of plain data is only looked through; any other is copied with care, and what JSON cannot
 * hold is an error that says where it is.
 */
import {
  isBooleanObject,
  isDate,
  isNativeError,
  isNumberObject,
  isProxy,
  isStringObject,
} from "node:util/types";
import { textOf } from "../errors.js";
import { maxValueDepth } from "./json-depth.js";

const maxQuoted = 100;

/** A longer one V8 cannot hold. */
const longestText = 2 ** 29;

class TooLarge extends Error {}

/** What is left of the bytes that the text may have, which is never more than its true length allows. */
let room = 0;

function take(bytes: number): void {
  room -= bytes;
  if (room < 0) throw new TooLarge();
}

/** Hidden fields and inherited ones count, too. */
const hasForm = (value: object): boolean => "toJSON" in value;

function isPlainObject(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Date.prototype)
    return isDate(value) && Number.isFinite(value.getTime()) && Reflect.ownKeys(value).length === 0;
  if ((prototype !== Object.prototype && prototype !== null) || hasForm(value)) return false;
  for (const name in value) {
    const field = Object.getOwnPropertyDescriptor(value, name);
    // What a getter gives may be another value the next time it is read, which is when it is written.
    if (field?.get) return false;
    if (field?.value === undefined) continue;
    take(name.length + 4);
    if (!isPlain(field.value, depth + 1)) return false;
  }
  return true;
}

function isPlainList(value: readonly unknown[], depth: number): boolean {
  if (Object.getPrototypeOf(value) !== Array.prototype || hasForm(value)) return false;
  take(2 * value.length);
  for (let i = 0; i < value.length; i += 1) if (!isPlain(value[i], depth + 1)) return false;
  return true;
}

/** An element whose getter throws is no plain data; the copy finds its place. */
function isPlainData(value: unknown): boolean {
  try {
    return isPlain(value, 0);
  } catch (error) {
    if (error instanceof TooLarge) throw error;
    return false;
  }
}

/** Whether JSON holds all of it. What is undefined is left out, and null in a list: that loses nothing. */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
      take(value.length);
      return true;
    case "number":
      return Number.isFinite(value);
    case "boolean":
    case "undefined":
      return true;
    case "object":
      if (value === null) return true;
      if (depth > maxValueDepth || isProxy(value)) return false;
      return Array.isArray(value) ? isPlainList(value, depth) : isPlainObject(value, depth);
    default:
      return false;
  }
}

type Path = readonly string[];

const cut = (text: string): string => (text.length > maxQuoted ? `${text.slice(0, maxQuoted - 1)}…` : text);

function pathInWords(path: Path): string {
  if (path.length === 0) return "the value";
  const shown = path.slice(0, 20).map(cut).join(".");
  return path.length > 20 ? `${shown}…` : shown;
}

class NoJsonForm extends Error {
  constructor(path: Path, what: string, options?: ErrorOptions) {
    super(`${pathInWords(path)} is ${what}`, options);
  }
}

function nameOf(value: object): string {
  const made = Object.getPrototypeOf(value)?.constructor;
  return typeof made === "function" && made.name ? cut(made.name) : "object";
}

/** An object of any realm that no class made. */
function isRecord(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** What is in a box of any realm; any other object as it is. */
function unboxed(value: unknown): unknown {
  if (isNumberObject(value)) return Number(value);
  if (isStringObject(value)) return String(value);
  return isBooleanObject(value) ? Boolean.prototype.valueOf.call(value) : value;
}

/** What is wrong with an object, and what to give instead; undefined when its fields can be told. */
function faultOf(value: object): string | undefined {
  if (value instanceof Map) return "a Map, which JSON cannot hold: give Object.fromEntries(map) or [...map]";
  if (value instanceof Set) return "a Set, which JSON cannot hold: give [...set]";
  if (value instanceof Error || isNativeError(value))
    return `an Error (${nameOf(value)}): throw it, or give its message`;
  if (value instanceof Promise) return "a Promise: await it";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return `bytes (${nameOf(value)}): answer with new RawAnswer(bytes, encoding), or give a list or a base64 text`;
  if (!Array.isArray(value) && !isRecord(value) && Object.keys(value).length === 0)
    return `an object of class ${nameOf(value)} without fields: give it a toJSON(), or plain data`;
  return undefined;
}

const primitiveFaults: Readonly<Record<string, string>> = {
  function: "a function, which has no JSON form",
  symbol: "a symbol, which has no JSON form",
  bigint: "a BigInt, which JSON cannot hold: give a text or a number",
};

/** What a getter gives, which may fail. */
function read(owner: object, name: string, path: Path): unknown {
  try {
    return (owner as Readonly<Record<string, unknown>>)[name];
  } catch (error) {
    throw new NoJsonForm([...path, name], `a value whose getter failed: ${textOf(error)}`, { cause: error });
  }
}

/** What the value says that its JSON form is, as `JSON.stringify` would ask it. */
function told(value: unknown, key: string, path: Path): unknown {
  const own = typeof value === "object" || typeof value === "function" || typeof value === "bigint";
  if (!own || value === null) return value;
  const toJSON = read(Object(value), "toJSON", path);
  if (typeof toJSON !== "function") return value;
  if (isDate(value) && Number.isNaN(Date.prototype.getTime.call(value)))
    throw new NoJsonForm(path, "an invalid Date");
  try {
    return Reflect.apply(toJSON, value, [key]);
  } catch (error) {
    throw new NoJsonForm(path, `a value whose toJSON() failed: ${textOf(error)}`, { cause: error });
  }
}

/** Its elements, holes included. What a list has beside them, as the result of a match does, is no part of it. */
function copyOfList(value: readonly unknown[], path: Path, within: readonly object[]): unknown {
  take(2 * value.length);
  return Array.from({ length: value.length }, (_, i) => {
    const at = String(i);
    return copy(read(value, at, path), at, [...path, at], within);
  });
}

function copyOfObject(value: object, path: Path, above: readonly object[]): unknown {
  const fault = faultOf(value);
  if (fault) throw new NoJsonForm(path, fault);
  if (above.includes(value)) throw new NoJsonForm(path, "in a circle: it contains itself");
  if (above.length > maxValueDepth) throw new NoJsonForm(path, `nested deeper than ${maxValueDepth} levels`);
  const within = [...above, value];
  if (Array.isArray(value)) return copyOfList(value, path, within);
  // Without a prototype, so that a field may have any name.
  const made: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(value)) {
    take(name.length);
    made[name] = copy(read(value, name, path), name, [...path, name], within);
  }
  return made;
}

/** The value as plain data. Throws NoJsonForm for what is none and says nothing of its form. */
function copy(given: unknown, key: string, path: Path, above: readonly object[]): unknown {
  const value = unboxed(told(given, key, path));
  if (typeof value === "string") take(value.length);
  if (typeof value === "number" && !Number.isFinite(value))
    throw new NoJsonForm(path, `${value}, which JSON cannot hold`);
  const fault = primitiveFaults[typeof value];
  if (fault) throw new NoJsonForm(path, fault);
  if (typeof value !== "object" || value === null) return value;
  return copyOfObject(value, path, above);
}

/**
 * Compact JSON. Throws an error that names the path to what JSON cannot hold, and, before anything is written, of
 * a value whose text would be longer than `maxBytes`.
 */
export function jsonText(value: unknown, maxBytes = longestText): string {
  // A `toJSON` of the value may write another one.
  const outer = room;
  room = maxBytes;
  try {
    if (isPlainData(value)) return JSON.stringify(value ?? null);
    room = maxBytes;
    return JSON.stringify(copy(value, "", [], []) ?? null);
  } catch (error) {
    if (error instanceof TooLarge)
      throw new Error(`the value has more than ${maxBytes} bytes as JSON`, { cause: error });
    throw error;
  } finally {
    room = outer;
  }
}
