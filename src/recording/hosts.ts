/**
 * How steps of the supervisor and the partitions are recorded. Their contexts and events hold actors; a recording has
 * counts and names in their place.
 */
import type { AnyActorRef } from "xstate";
import type { Output, RecordedEvent, Standpoint } from "./entry.js";

const isActor = (value: unknown): value is AnyActorRef =>
  typeof value === "object" && value !== null && "sessionId" in value;

/** A map of members becomes its size. */
export const contextOfHost = (context: Standpoint["context"]): Standpoint["context"] =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, value instanceof Map ? value.size : value]),
  );

/** Without errors and actors: the recording would keep them in memory for as long as the step. */
export function eventOfHost(event: RecordedEvent): RecordedEvent {
  const fields = Object.entries(event).filter(([name, value]) => name !== "error" && !isActor(value));
  return { ...Object.fromEntries(fields), type: event.type };
}

export const outputOfHost = (output: Output): Output =>
  "emits" in output ? { emits: eventOfHost(output.emits) } : output;
