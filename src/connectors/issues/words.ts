/** The words for what is expected. */

/** How many allowed values are named. */
const maxNamed = 20;

/** How much of a value or a name is quoted. */
const maxQuoted = 60;

export const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;

export const quoted = (value: unknown): string =>
  cut(typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value)), maxQuoted);

/** "a, b or c". */
export function either(words: readonly string[]): string {
  const named = [...new Set(words)].slice(0, maxNamed);
  const last = named.at(-1) ?? "";
  const more = words.length > maxNamed ? ` and ${words.length - maxNamed} more` : "";
  return named.length > 1 ? `${named.slice(0, -1).join(", ")} or ${last}${more}` : last;
}

/** What a value has to be one of. */
export function oneOf(values: readonly unknown[]): string {
  const named = values.slice(0, maxNamed).map(quoted).join(", ");
  const more = values.length > maxNamed ? ` and ${values.length - maxNamed} more` : "";
  return values.length === 1 ? named : `one of ${named}${more}`;
}

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  integer: "an integer",
  bigint: "an integer",
  boolean: "true or false",
  null: "null",
  undefined: "nothing",
  never: "nothing",
  array: "a list",
  "an array": "a list",
  tuple: "a list",
  set: "a list",
  object: "an object",
  record: "an object",
  date: "a date",
};

/** A kind by the name that a library has for it, in any case. */
export function kindNamed(name: string): string {
  const key = name.toLowerCase();
  return Object.hasOwn(kinds, key) ? (kinds[key] as string) : name;
}

/** Formats that are easier to write by an example, in the names of Zod, Valibot and JSON Schema. */
const examples: Readonly<Record<string, string>> = {
  date: "a date like 2026-02-03",
  iso_date: "a date like 2026-02-03",
  datetime: "a date and time like 2026-02-03T04:05:06Z",
  "date-time": "a date and time like 2026-02-03T04:05:06Z",
  iso_timestamp: "a date and time like 2026-02-03T04:05:06Z",
  iso_date_time: "a date and time like 2026-02-03T04:05",
  time: "a time like 04:05:06",
  iso_time: "a time like 04:05",
  iso_time_second: "a time like 04:05:06",
};

export const formatNamed = (name: string, label = name): string =>
  Object.hasOwn(examples, name) ? (examples[name] as string) : `a valid ${label}`;

export const atMost = (limit: unknown): string => `at most ${String(limit)}`;
export const atLeast = (limit: unknown): string => `at least ${String(limit)}`;
export const matching = (pattern: string): string => `a string that matches ${cut(pattern, 200)}`;
export const noSuchProperty = "no property of that name";
export const oneForm = "a value that fits one form alone";
export const passing = "a value that passes the schema's own check";
