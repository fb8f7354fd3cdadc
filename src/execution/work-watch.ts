/** Who wants to know when a registration has nothing left to do. Costs nothing while nobody does. */

/** Tells when nothing is left to do. */
export interface WorkListener {
  /** Nothing runs or waits; `unconfirmed` answers are still in the outbox. */
  finished(unconfirmed: number): void;
  /** Nothing runs, waits, or is unconfirmed. */
  settled(): void;
}

/** What is left: `waiting` requests that may start, and those `held` back for the next stream. */
export interface WorkLeft {
  readonly running: number;
  readonly waiting: number;
  readonly held: number;
  readonly unconfirmed: number;
}

export class WorkWatch {
  readonly #work: { readonly left: WorkLeft };
  #listeners: Set<WorkListener> | undefined;

  constructor(work: { readonly left: WorkLeft }) {
    this.#work = work;
  }

  /** Calls the listener now if something holds already, then on each change. Returns how to leave. */
  add(listener: WorkListener): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    this.#tell(listener, this.#work.left);
    return () => this.#listeners?.delete(listener);
  }

  changed(): void {
    if (!this.#listeners || this.#listeners.size === 0) return;
    const left = this.#work.left;
    for (const listener of [...this.#listeners]) this.#tell(listener, left);
  }

  clear(): void {
    this.#listeners = undefined;
  }

  #tell(listener: WorkListener, left: WorkLeft): void {
    if (left.running > 0 || left.waiting > 0) return;
    if (left.unconfirmed === 0 && left.held === 0) listener.settled();
    else listener.finished(left.unconfirmed);
  }
}
