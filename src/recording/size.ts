/**
 * What a step takes in memory, estimated from above: shared parts (policies, machines, states in history) are not
 * counted, everything else as if it were nobody else's. A test measures real heaps against it.
 */
import type { Entry, Output } from "./entry.js";

/** The entry itself, its place in the list, its standpoint, and a configuration of states with its objects. */
const perEntry = 600;
/** A context of the largest chart, which XState copies with each assignment. */
const perContext = 400;
const perObject = 60;
const perValue = 16;
const perOutput = 120;
/** A guard's answer is a pair; a transition is of the machine. */
const perAsked = 80;
/** Nothing in a chart is nested deeper. */
const deepest = 5;

function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return perValue + 2 * value.length;
  if (typeof value !== "object" || value === null || depth > deepest) return perValue;
  let bytes = perObject;
  // Once for each event of each chart: no lists are made for it.
  for (const name in value) {
    // Shared by all registrations.
    if (name !== "policy") bytes += perValue + sizeOf(Reflect.get(value, name), depth + 1);
  }
  return bytes;
}

function sizeOfOutput(output: Output): number {
  if ("to" in output) return perOutput + sizeOf(output.event);
  if ("emits" in output) return perOutput + sizeOf(output.emits);
  return perOutput + ("starts" in output && output.input !== undefined ? sizeOf(output.input) : 0);
}

/** In bytes. */
export function sizeOfEntry(
  { event, after, sent, drawn, taken, asked }: Omit<Entry, "bytes">,
  before: Entry["after"]["context"] | undefined,
): number {
  let bytes = perEntry + sizeOf(event) + perValue * (drawn.length + taken.length) + perAsked * asked.length;
  for (const output of sent) bytes += sizeOfOutput(output);
  if (after.context === before) return bytes;
  bytes += perContext;
  // What an assignment has put there; the rest belongs to an earlier step, or was counted there.
  for (const name in after.context) {
    const value = after.context[name];
    if (before?.[name] !== value && name !== "policy") bytes += sizeOf(value);
  }
  return bytes;
}
