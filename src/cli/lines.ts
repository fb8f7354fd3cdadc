/** The one way by which commands print: plain lines for people, and JSON. Nothing in them commands a terminal. */
import type { RegistrationStatus } from "../index.js";
import { fitted } from "./fit.js";
import { escapedJson, foreign } from "./foreign-text.js";

/** One line, in the columns of a terminal; what would break or command it becomes a question mark. */
export const write = (line: string): void => {
  process.stdout.write(`${fitted(foreign(line), process.stdout)}\n`);
};

/** Lines that were made of clean cells and our own colours. */
export const writeColoured = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** A text of several lines. */
export const writeText = (text: string): void => {
  for (const line of text.split("\n")) write(line);
};

export const writeJson = (value: unknown): void => {
  process.stdout.write(`${escapedJson(JSON.stringify(value, null, 2) ?? "null")}\n`);
};

/** What went wrong, on stderr. */
export const complain = (text: string): void => {
  const lines = text.split("\n").map((line) => fitted(foreign(line), process.stderr));
  process.stderr.write(`${lines.join("\n")}\n`);
};

export const timeOfDay = (ms: number): string => new Date(ms).toTimeString().slice(0, 8);

/** `streaming.serving`, `backoff.transient`, … */
export const statePath = (one: Pick<RegistrationStatus, "state" | "child">): string =>
  one.child ? `${one.state}.${one.child}` : one.state;

/** `unreachable (ECONNREFUSED)`; nothing when nothing is wrong. */
export const why = (one: {
  readonly cause: RegistrationStatus["cause"] | string;
  readonly code: string | null;
}): string => (one.cause ? `${one.cause}${one.code ? ` (${one.code})` : ""}` : "");
