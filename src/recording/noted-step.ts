/** The entry of a step: one object that says what came and how the actor stands after it, because thousands are kept. */
import type { AnyMachineSnapshot, AnyTransitionDefinition } from "xstate";
import type { Asked, Entry, Output, RecordedActor, RecordedEvent, Standpoint } from "./entry.js";
import type { StepNotes } from "./step-notes.js";

export const noHistory: Standpoint["history"] = {};

/**
 * Of a class, and not a literal. Where V8 sees that what a literal makes lives long, it makes the next ones in old space,
 * and throws away the compiled code of all functions into which that literal was inlined.
 */
export class NotedStep implements Entry, Standpoint {
  readonly actor: RecordedActor;
  readonly number: number;
  readonly at: number;
  readonly event: RecordedEvent;
  readonly status: Standpoint["status"];
  readonly state: Standpoint["state"];
  readonly context: Standpoint["context"];
  readonly children: readonly string[];
  readonly history: Standpoint["history"];
  readonly sent: readonly Output[];
  readonly drawn: readonly number[];
  readonly taken: readonly AnyTransitionDefinition[];
  readonly asked: readonly Asked[];
  bytes = 0;

  constructor(
    actor: RecordedActor,
    number: number,
    at: number,
    event: RecordedEvent,
    { status, value, historyValue }: AnyMachineSnapshot,
    context: Standpoint["context"],
    children: readonly string[],
    sent: readonly Output[],
    notes: StepNotes,
  ) {
    this.actor = actor;
    this.number = number;
    this.at = at;
    this.event = event;
    this.status = status;
    this.state = value;
    this.context = context;
    this.children = children;
    this.history = historyValue ?? noHistory;
    this.sent = sent;
    this.drawn = notes.drawn.takeAll();
    this.taken = notes.takeTaken();
    this.asked = notes.asked.takeAll();
  }

  get after(): Standpoint {
    return this;
  }
}
