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

const untold = new Set(["actorId", "streamAttempt", "input", "handle"]);

const valueIn = (value: unknown): string => {
  if (typeof value !== "object" || value === null) return String(value);
  const inner = Object.entries(value).filter(
    ([name, one]) => one !== null && one !== "[redacted]" && !untold.has(name),
  );
  return inner
    .map(([name, one]) => (typeof one === "object" ? valueIn(one) : `${name} ${String(one)}`))
    .join(", ");
};

/** What an event brings, for people; what is withheld is not named. */
export const factsIn = (facts: Fields): string =>
  Object.entries(facts)
    .filter(
      ([name, value]) => value !== undefined && value !== null && value !== "[redacted]" && !untold.has(name),
    )
    .map(([name, value]) => (typeof value === "object" ? valueIn(value) : `${name}: ${String(value)}`))
    .filter((words) => words !== "")
    .join(", ");
