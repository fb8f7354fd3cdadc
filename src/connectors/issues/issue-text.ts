/** The issues of a failed validation in words, alike for every library: where, what is expected, and what is there. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { arktypeFaults } from "./arktype.js";
import type { Fault, RawIssue } from "./fault.js";
import { stepsOf } from "./fault.js";
import { at, type Told, toldOf } from "./told.js";
import { valibotFault } from "./valibot.js";
import { cut } from "./words.js";
import { zodFaults } from "./zod.js";

/** How many issues are told; the text of more would be thrown away. */
const maxIssues = 20;

/** How much of one path, one step of it and one message is told. */
const most = { path: 200, step: 100, message: 500 };

function pathText(path: readonly PropertyKey[]): string {
  const steps: string[] = [];
  for (const step of path) {
    steps.push(cut(String(step), most.step));
    if (steps.length * 2 > most.path) break;
  }
  return cut(steps.join("."), most.path);
}

/** A message of a library that nothing is known of, without the value, should it be in there. */
function unnamed(message: string, value: unknown): string {
  const text = typeof value === "string" || typeof value === "number" ? String(value) : "";
  return text.length > 3 ? message.replaceAll(text, "…") : message;
}

function anyFaults(issue: RawIssue, input: unknown): Fault[] {
  const path = stepsOf(issue.path);
  return [{ path, said: unnamed(String(issue.message), at(input, path)) }];
}

type Reader = (issue: RawIssue, input: unknown) => Fault[];

const readers: Readonly<Record<string, Reader>> = {
  zod: (issue) => zodFaults(issue),
  valibot: (issue) => [valibotFault(issue)],
  arktype: arktypeFaults,
};

function toldBy(vendor: string, issue: StandardSchemaV1.Issue, input: unknown): Told[] {
  const raw = issue as RawIssue;
  // jsonSchema() says all of it by itself.
  if (vendor === "mooring") return [{ path: stepsOf(raw.path), text: raw.message }];
  const faults = (readers[vendor] ?? anyFaults)(raw, input);
  return faults.flatMap((fault) => toldOf(fault, input));
}

/** The first of them, with paths like `items.0.name`, and how many more there are. */
export function toldText(told: readonly Told[], beyond = 0): string {
  const texts = told.slice(0, maxIssues).map(({ path, text }) => {
    const where = pathText(path);
    return `${where ? `${where}: ` : ""}${cut(text, most.message)}`;
  });
  const more = told.length - texts.length + beyond;
  if (more > 0) texts.push(`and ${more} more`);
  return texts.join("; ");
}

/** The first issues of that schema's about that input. */
export function issuesText(
  { "~standard": { vendor } }: StandardSchemaV1,
  input: unknown,
  issues: readonly StandardSchemaV1.Issue[],
): string {
  const told = issues.slice(0, maxIssues).flatMap((issue) => toldBy(vendor, issue, input));
  return toldText(told, Math.max(0, issues.length - maxIssues));
}
