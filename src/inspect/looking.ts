/** What one viewer looks at: those actors are told to it in full, at first with what is remembered of them. */
import type { Entry, RecordedActor, Standpoint } from "../recording/entry.js";
import type { ActorMessage, StepMessage } from "./feed-messages.js";
import { actorMessage, stepMessage } from "./shown-step.js";
import type { FeedSource } from "./source.js";

/** Of whom a viewer wants every step. */
export interface Look {
  /** Registrations with all that belongs to them, those too that do not run yet. */
  readonly keys?: readonly string[];
  /** The supervisor or partitions, by their numbers. */
  readonly actors?: readonly number[];
}

type Told = ActorMessage | StepMessage;

/** Steps of before that are told of what is looked at now. */
const pastMost = 400;

/** An actor that the viewer was told of, with the context that it knows. */
interface Known {
  readonly actor: RecordedActor;
  readonly context: Standpoint["context"];
}

export class Looking {
  readonly #source: Pick<FeedSource, "entries" | "standing">;
  readonly #tell: (message: Told) => void;
  readonly #known = new Map<number, Known>();
  #keys: ReadonlySet<string> = new Set();
  #actors: ReadonlySet<number> = new Set();

  constructor(source: Pick<FeedSource, "entries" | "standing">, tell: (message: Told) => void) {
    this.#source = source;
    this.#tell = tell;
  }

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  looksAt({ key, number }: RecordedActor): boolean {
    return key === "" ? this.#actors.has(number) : this.#keys.has(key);
  }

  /** Takes the place of what was looked at before. */
  look({ keys = [], actors = [] }: Look): void {
    this.#keys = new Set(keys);
    this.#actors = new Set(actors);
    for (const { actor } of this.#known.values()) if (!this.looksAt(actor)) this.#known.delete(actor.number);
    this.#tellPast((actor) => this.looksAt(actor) && !this.#known.has(actor.number));
  }

  /** All of it from the beginning: the viewer has missed some. */
  anew(): void {
    this.#known.clear();
    this.#tellPast((actor) => this.looksAt(actor));
  }

  step(entry: Entry): void {
    const { actor, at, after } = entry;
    const known = this.#known.get(actor.number);
    if (!known) this.#tell(actorMessage(actor, at, after, false));
    this.#tell(stepMessage(entry, known?.context));
    if (after.status === "active") this.#known.set(actor.number, { actor, context: after.context });
    else this.#known.delete(actor.number);
  }

  /** Each actor before its steps and before those that it has started; then the steps as they came. */
  #tellPast(isNew: (actor: RecordedActor) => boolean): void {
    if (this.#keys.size + this.#actors.size === 0) return;
    const past = this.#source
      .entries()
      .filter(({ actor }) => isNew(actor))
      .slice(-pastMost);
    const begun = new Map(
      past.map(({ actor, at, after }) => [actor.number, { actor, at, after, stands: false }]),
    );
    const at = past.at(-1)?.at ?? 0;
    for (const { actor, after } of this.#source.standing(isNew))
      if (!begun.has(actor.number)) begun.set(actor.number, { actor, at, after, stands: true });
    for (const one of [...begun.values()].sort((a, b) => a.actor.number - b.actor.number)) {
      this.#tell(actorMessage(one.actor, one.at, one.after, one.stands));
      this.#known.set(one.actor.number, { actor: one.actor, context: one.stands ? one.after.context : {} });
    }
    for (const entry of past) this.step(entry);
  }
}
