/** The log of `mooring run`: lines for people on a terminal, JSON elsewhere. Both go to stderr. */
import type { LevelMapping, LogFn, Logger } from "pino";
import { MooringError } from "../errors.js";
import { loadTool } from "../tools.js";
import { columnsOf, wrap } from "./fit.js";
import { escapedJson, foreign } from "./foreign-text.js";
import { isFields } from "./gateway-api.js";
import { timeOfDay } from "./lines.js";

/** People see what their handlers log; programs are told when something is wrong. */
export function levelOf(forPeople: boolean, { values }: LevelMapping): string {
  const given = process.env.LOG_LEVEL?.trim();
  if (!given) return forPeople ? "info" : "warn";
  const levels: readonly string[] = [...Object.keys(values), "silent"];
  if (levels.includes(given)) return given;
  throw new MooringError(
    "INVALID_CONFIG",
    `LOG_LEVEL must be one of ${levels.join(", ")}; got "${foreign(given)}".`,
  );
}

const indent = "          ";

const ours = new URL(".", import.meta.url).href;

/** Its calls, each below the other; those inside Mooring and Node help nobody to mend a handler. */
function stackLines(stack: unknown): readonly string[] {
  if (typeof stack !== "string" || stack === "") return [];
  const all = stack.split("\n");
  const theirs = all.filter((line) => !line.includes(ours) && !line.includes("node:internal/"));
  return (theirs.length > 0 ? theirs : all).map((line) => `${indent}${foreign(line.trim())}`);
}

/** What pino wrote as JSON, as one line with its fields, and the stack of an error below it. */
export function peopleLine(json: string, columns: number, { labels }: LevelMapping): string {
  let line: unknown;
  try {
    line = JSON.parse(json);
  } catch {
    return foreign(json);
  }
  if (!isFields(line)) return foreign(json);
  const { level, time, pid: _pid, hostname: _host, msg, stack, err, ...fields } = line;
  const told = Object.entries(fields).map(
    ([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  );
  const words = [msg, ...told].filter((word) => word !== undefined && word !== "").join("  ");
  const label = (labels[Number(level)] ?? "log").toUpperCase().padEnd(5);
  const error = isFields(err) ? (err.stack ?? err.message) : undefined;
  return [
    ...wrap(`${timeOfDay(Number(time))}  ${label}  ${foreign(words)}`, columns, indent),
    ...stackLines(stack),
    ...stackLines(error),
  ].join("\n");
}

export type LogOutput = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;

/** The runtime's line for a change of state, which people read in the story of the run already. */
export const isStory = (fields: unknown): boolean =>
  isFields(fields) && ["registration", "from", "to", "cause"].every((name) => name in fields);

export async function commandLogger(output: LogOutput, json: boolean): Promise<Logger> {
  const { pino } = await loadTool("pino");
  const forPeople = output.isTTY === true && !json;
  const level = levelOf(forPeople, pino.levels);
  if (!forPeople) {
    // Not by a destination of pino's: on a full disk that one keeps every line, and at the end tries for ever.
    return pino({ level }, { write: (line: string) => void output.write(escapedJson(line)) });
  }
  const logMethod = function (this: Logger, args: Parameters<LogFn>, method: LogFn): void {
    if (!isStory(args[0])) method.apply(this, args);
  };
  return pino(
    { level, hooks: { logMethod } },
    { write: (line: string) => void output.write(`${peopleLine(line, columnsOf(output), pino.levels)}\n`) },
  );
}
