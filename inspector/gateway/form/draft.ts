/** What stands in a form: a draft for each field. Values go in and come out; what is not right is named. */
import { isObject } from "../../../src/is-object.js";
import type { Field, GroupField, ListField, NumberField, TextField } from "./field.js";

export type Draft =
  | { readonly is: "null" }
  /** Of text, number and JSON, as it was typed. Empty: left out, where it may be. */
  | { readonly is: "typed"; readonly text: string }
  | { readonly is: "picked"; readonly place: number | undefined }
  | { readonly is: "list"; readonly items: readonly Draft[] | undefined }
  | { readonly is: "group"; readonly parts: readonly Draft[] | undefined };

/** By the path of the field, such as `filter.tags.0`. */
export type Problems = Map<string, string>;

export const typed = (text: string): Draft => ({ is: "typed", text });

/** The same value, whatever the order of its fields. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, at) => isSame(one, b[at]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && isSame(a[name], b[name]))
  );
}

function blankGroup(field: GroupField, isRequired: boolean): Draft {
  if (!isRequired) return { is: "group", parts: undefined };
  return { is: "group", parts: field.parts.map((part) => blank(part.field, part.isRequired)) };
}

/** As it is before anybody has filled it in: its default, or nothing. */
export function blank(field: Field, isRequired: boolean): Draft {
  const begun = field.initial === undefined ? undefined : filled(field, field.initial);
  if (begun) return begun;
  switch (field.kind) {
    case "choice":
      return { is: "picked", place: isRequired && field.options.length === 1 ? 0 : undefined };
    case "yesno":
      return { is: "picked", place: isRequired ? 0 : undefined };
    case "list":
      return { is: "list", items: isRequired ? blankItems(field) : undefined };
    case "group":
      return blankGroup(field, isRequired);
    default:
      return typed("");
  }
}

const blankItems = ({ item, minItems }: ListField): readonly Draft[] =>
  Array.from({ length: Math.min(minItems, 20) }, () => blank(item, true));

/** What somebody opens who adds an optional list or group. */
export const opened = (field: ListField | GroupField): Draft =>
  field.kind === "group"
    ? blankGroup(field, true)
    : { is: "list", items: field.minItems > 0 ? blankItems(field) : [blank(field.item, true)] };

function filledGroup(field: GroupField, value: unknown): Draft | undefined {
  if (!isObject(value)) return undefined;
  const parts = field.parts.map((part) =>
    Object.hasOwn(value, part.name) ? filled(part.field, value[part.name]) : leftOut(part.field),
  );
  return parts.every((part) => part !== undefined) ? { is: "group", parts: parts as Draft[] } : undefined;
}

function leftOut(field: Field): Draft {
  if (field.kind === "list") return { is: "list", items: undefined };
  if (field.kind === "group") return { is: "group", parts: undefined };
  if (field.kind === "choice" || field.kind === "yesno") return { is: "picked", place: undefined };
  return typed("");
}

/** With this value in it; undefined for one that the form cannot say. */
function filled(field: Field, value: unknown): Draft | undefined {
  if (value === null && field.isNullable) return { is: "null" };
  switch (field.kind) {
    case "text":
      return typeof value === "string" ? typed(value) : undefined;
    case "number":
      return typeof value === "number" ? typed(String(value)) : undefined;
    case "yesno":
      return typeof value === "boolean" ? { is: "picked", place: value ? 1 : 0 } : undefined;
    case "choice": {
      const place = field.options.findIndex((option) => isSame(option.value, value));
      return place < 0 ? undefined : { is: "picked", place };
    }
    case "list": {
      if (!Array.isArray(value)) return undefined;
      const items = value.map((one) => filled(field.item, one));
      return items.every((one) => one !== undefined) ? { is: "list", items: items as Draft[] } : undefined;
    }
    case "group":
      return filledGroup(field, value);
    case "json":
      return typed(JSON.stringify(value, null, 2));
  }
}

/** A form with this value in it; undefined when the form would make another one of it. */
export function draftOf(field: Field, value: unknown): Draft | undefined {
  const draft = filled(field, value);
  const problems: Problems = new Map();
  return draft && isSame(read(field, draft, true, "", problems), value) ? draft : undefined;
}

const bound = ({ least, most, isAbove, isBelow }: NumberField): string =>
  [
    least === undefined ? "" : `${isAbove ? "above" : "at least"} ${least}`,
    most === undefined ? "" : `${isBelow ? "below" : "at most"} ${most}`,
  ]
    .filter((words) => words !== "")
    .join(" and ");

function readNumber(field: NumberField, text: string, fail: (words: string) => undefined): unknown {
  const value = Number(text);
  if (!Number.isFinite(value)) return fail("must be a number");
  if (field.isWhole && !Number.isInteger(value)) return fail("must be a whole number");
  const { least, most, isAbove, isBelow } = field;
  const isLow = least !== undefined && (isAbove ? value <= least : value < least);
  const isHigh = most !== undefined && (isBelow ? value >= most : value > most);
  return isLow || isHigh ? fail(`must be ${bound(field)}`) : value;
}

function readText(field: TextField, text: string, fail: (words: string) => undefined): unknown {
  // Characters as JSON Schema counts them.
  const length = [...text].length;
  if (field.minLength !== undefined && length < field.minLength)
    return fail(
      `must have at least ${field.minLength} ${field.minLength === 1 ? "character" : "characters"}`,
    );
  if (field.maxLength !== undefined && length > field.maxLength)
    return fail(`must have at most ${field.maxLength} ${field.maxLength === 1 ? "character" : "characters"}`);
  return text;
}

function readTyped(field: Field, text: string, isRequired: boolean, fail: (words: string) => undefined) {
  if (text.trim() === "" && field.kind !== "text") return isRequired ? fail("is missing") : undefined;
  if (text === "" && !isRequired) return undefined;
  if (field.kind === "number") return readNumber(field, text, fail);
  if (field.kind === "text") return readText(field, text, fail);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return fail("must be JSON");
  }
}

const below = (path: string, name: string | number): string => (path === "" ? `${name}` : `${path}.${name}`);

function readGroup(field: GroupField, parts: readonly Draft[], path: string, problems: Problems) {
  const entries = field.parts.map(({ name, field: inner, isRequired }, at) => {
    const draft = parts[at];
    return [name, draft && read(inner, draft, isRequired, below(path, name), problems)] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function readList(field: ListField, items: readonly Draft[], path: string, problems: Problems) {
  if (items.length < field.minItems)
    problems.set(path, `must have at least ${field.minItems} ${field.minItems === 1 ? "entry" : "entries"}`);
  if (items.length > field.maxItems) problems.set(path, `must have at most ${field.maxItems} entries`);
  return items.map((item, at) => read(field.item, item, true, below(path, at), problems));
}

/** The value; undefined when it is left out. What is wrong is put into `problems`. */
export function read(
  field: Field,
  draft: Draft,
  isRequired: boolean,
  path: string,
  problems: Problems,
): unknown {
  const fail = (words: string): undefined => {
    problems.set(path, words);
    return undefined;
  };
  const missing = () => (isRequired ? fail("is missing") : undefined);
  switch (draft.is) {
    case "null":
      return null;
    case "typed":
      return readTyped(field, draft.text, isRequired, fail);
    case "picked":
      if (draft.place === undefined) return missing();
      return field.kind === "choice" ? field.options[draft.place]?.value : draft.place === 1;
    case "list":
      if (!draft.items || field.kind !== "list") return missing();
      return readList(field, draft.items, path, problems);
    case "group":
      if (!draft.parts || field.kind !== "group") return missing();
      return readGroup(field, draft.parts, path, problems);
  }
}
