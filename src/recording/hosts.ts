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
  for (const name in context) {
    const value = context[name];
    counted[name] = value instanceof Map ? value.size : value;
  }
  return counted;
}

const isLeftOut = (name: string, value: unknown): boolean => name === "error" || isActor(value);

function isPlain(event: RecordedEvent): boolean {
  for (const name in event) if (isLeftOut(name, Reflect.get(event, name))) return false;
  return true;
}

/** Without errors and actors: the recording would keep them in memory for as long as the step. */
export function eventOfHost(event: RecordedEvent): RecordedEvent {
  if (isPlain(event)) return event;
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(event)) if (!isLeftOut(name, value)) fields[name] = value;
  return { ...fields, type: event.type };
}

export const outputOfHost = (output: Output): Output =>
  "emits" in output ? { emits: eventOfHost(output.emits) } : output;
