/** The supervisor and the partitions hold actors: of those a recording has figures and names. */
import type { AnyActorRef } from "xstate";
import type { Output, RecordedEvent, Standpoint } from "./entry.js";

const isActor = (value: unknown): value is AnyActorRef =>
  typeof value === "object" && value !== null && "sessionId" in value;

/** A list of members becomes its length. */
export const contextOfHost = (context: Standpoint["context"]): Standpoint["context"] =>
  Object.fromEntries(
    Object.entries(context).map(([name, value]) => [name, value instanceof Map ? value.size : value]),
  );

/** What was thrown, and who runs, would live as long as what is recorded of it. */
export function eventOfHost(event: RecordedEvent): RecordedEvent {
  const fields = Object.entries(event).filter(([name, value]) => name !== "error" && !isActor(value));
  return { ...Object.fromEntries(fields), type: event.type };
}

export const outputOfHost = (output: Output): Output =>
  "emits" in output ? { emits: eventOfHost(output.emits) } : output;
