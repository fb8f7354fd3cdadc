/** Times, events and facts in words. */
import { readableEvent } from "../../machines/event-names.js";
import type { Fields } from "../feed/told.js";

export const spoken = readableEvent;

export const clock = (at: number): string => new Date(at).toTimeString().slice(0, 8);

/** `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 10 min`, `5 d 3 h`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Without fractions, so that a list does not flicker. */
export const age = (ms: number): string =>
  ms < 60_000 ? `${Math.max(0, Math.floor(ms / 1_000))} s` : duration(ms);

export const count = (many: number, one: string, more = `${one}s`): string =>
  `${many.toLocaleString("en")} ${many === 1 ? one : more}`;

/** Not for people, or said elsewhere. */
const untold = new Set([
  "actorId",
  "streamAttempt",
  "input",
  "handle",
  "key",
  "random",
  "enteredBy",
  "policy",
]);

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || value === "[redacted]";

/** `renewInMs: 209000` → `renewIn 3 min 29 s`. */
function wordsFor(name: string, value: unknown): string {
  if (typeof value === "object" && value !== null) return factsIn(value as Fields);
  if (typeof value !== "number") return `${name} ${String(value)}`;
  return name.endsWith("Ms")
    ? `${name.slice(0, -2)} ${duration(value)}`
    : `${name} ${Number(value.toFixed(2))}`;
}

/** What an event brings or an actor holds, for people; what is withheld is not named. */
export const factsIn = (facts: Fields): string =>
  Object.entries(facts)
    .filter(([name, value]) => !isEmpty(value) && !untold.has(name))
    .map(([name, value]) => wordsFor(name, value))
    .filter((words) => words !== "")
    .join(", ");

/** Without what is nought or no. */
const withoutNothing = (value: unknown): unknown =>
  typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value).filter(([, one]) => one !== 0 && one !== false))
    : value;

/** The fields of a context that say something, each with its words. */
export const saidIn = (context: Fields): readonly (readonly [string, string])[] =>
  Object.entries(context)
    .filter(([name, value]) => !isEmpty(value) && value !== 0 && value !== false && !untold.has(name))
    .map(([name, value]): [string, string] => {
      const words = wordsFor(name, withoutNothing(value));
      const label = name.endsWith("Ms") ? name.slice(0, -2) : name;
      return [label, typeof value === "object" ? words : words.slice(label.length + 1)];
    })
    .filter(([, words]) => words !== "");
