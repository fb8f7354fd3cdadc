/** What is heard of a step while it is taken. */
import type { AnyTransitionDefinition } from "xstate";
import type { Asked, Output } from "./entry.js";
import { outputOf } from "./outputs.js";
import { Pending } from "./pending.js";

const nothing: readonly never[] = [];

/**
 * Of one depth of steps: children that a step starts take their first steps within it, and those are heard one deeper.
 * Each is used again for the next step of its depth, so that a step costs no object for what is heard of it.
 */
export class StepNotes {
  /** Of the step within which this one is taken; null: within none. */
  readonly outer: StepNotes | null;
  readonly sent = new Pending<Output>();
  readonly drawn = new Pending<number>();
  readonly asked = new Pending<Asked>();
  #taken: readonly AnyTransitionDefinition[] = nothing;
  #inner: StepNotes | undefined;

  constructor(outer: StepNotes | null) {
    this.outer = outer;
  }

  /** Of a step that is taken within this one. */
  get inner(): StepNotes {
    this.#inner ??= new StepNotes(this);
    return this.#inner;
  }

  acts(type: string, params: unknown): void {
    const output = outputOf(type, params);
    if (output) this.sent.add(output);
  }

  takes(taken: readonly AnyTransitionDefinition[]): void {
    this.#taken = this.#taken.length === 0 ? taken : this.#taken.concat(taken);
  }

  takeTaken(): readonly AnyTransitionDefinition[] {
    const taken = this.#taken;
    this.#taken = nothing;
    return taken;
  }

  /** Nothing of it is kept. */
  forget(): void {
    this.sent.takeAll();
    this.drawn.takeAll();
    this.asked.takeAll();
    this.takeTaken();
  }
}
