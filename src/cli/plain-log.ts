/** The log of a program that `runConnector` leads: the lines of `mooring run`, without its package for logs. */
import type { Logger } from "../index.js";
import { columnsOf } from "./fit.js";
import { escapedJson } from "./foreign-text.js";
import { isFields } from "./gateway-api.js";
import { isStory, type LogOutput, levelOf, peopleLine } from "./log-lines.js";

/** As pino numbers them. */
const values = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 };
const labels = Object.fromEntries(Object.entries(values).map(([name, value]) => [value, name]));

/** An error has no fields of its own that JSON would show. */
const shown = (value: unknown): unknown =>
  value instanceof Error ? { type: value.name, message: value.message, stack: value.stack } : value;

function lineOf(level: number, fields: object, msg: string): string {
  const told = Object.entries(fields).map(([name, value]) => [name, shown(value)]);
  const heading = { level, time: Date.now(), pid: process.pid };
  try {
    return JSON.stringify({ ...heading, ...Object.fromEntries(told), msg });
  } catch {
    // A circle or a BigInt in a handler's fields: the message is worth more than nothing.
    return JSON.stringify({ ...heading, msg });
  }
}

/** Throws INVALID_CONFIG for a LOG_LEVEL that is none. */
export function plainLogger(output: LogOutput, json: boolean): Logger {
  const forPeople = output.isTTY === true && !json;
  const wanted = levelOf(forPeople, { values, labels });
  const least = wanted === "silent" ? Number.POSITIVE_INFINITY : values[wanted as keyof typeof values];
  const at = (level: number) => (fields: object, message: string) => {
    if (level < least || (forPeople && isFields(fields) && isStory(fields))) return;
    const line = lineOf(level, fields, message);
    const text = forPeople ? peopleLine(line, columnsOf(output), { values, labels }) : escapedJson(line);
    output.write(`${text}\n`);
  };
  return {
    debug: at(values.debug),
    info: at(values.info),
    warn: at(values.warn),
    error: at(values.error),
  };
}
