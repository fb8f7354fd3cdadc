/**
 * How steps of the supervisor and the partitions are recorded. Their contexts and events hold actors; a recording has
 * counts and names in their place.
 */
import type { AnyActorRef } from "xstate";
import type { Output, RecordedEvent, Standpoint } from "./entry.js";

const isActor = (value: unknown): value is AnyActorRef =>
  typeof value === "object" && value !== null && "sessionId" in value;

/** A map of members becomes its size. */
export function contextOfHost(context: Standpoint["context"]): Standpoint["context"] {
  const counted: Record<string, unknown> = {};
  for (const name of Object.keys(context)) {
    const value = context[name];
    counted[name] = value instanceof Map ? value.size : value;
  }
  return counted;
}

/** Without errors and actors: the recording would keep them in memory for as long as the step. */
export function eventOfHost(event: RecordedEvent): RecordedEvent {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event))
    if (name !== "error" && !isActor(value)) fields[name] = value;
  return { ...fields, type: event.type };
}

export const outputOfHost = (output: Output): Output =>
  "emits" in output ? { emits: eventOfHost(output.emits) } : output;
