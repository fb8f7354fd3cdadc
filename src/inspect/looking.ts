/** What one viewer looks at: those actors are told to it in full, at first with what is remembered of them. */
import { type Entry, type Owner, ownerOf, type RecordedActor, type Standpoint } from "../recording/entry.js";
import { fairShares } from "./fair-shares.js";
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

/**
 * Steps of before that are told of all that is looked at anew. Each has an actor at most: with those that stand, that is
 * less than may wait for a viewer.
 */
const pastMost = 800;

/** An actor that the viewer was told of, with the context that it knows. */
interface Known {
  readonly actor: RecordedActor;
  readonly context: Standpoint["context"];
}

export class Looking {
  readonly #source: Pick<FeedSource, "newestOf" | "standingOf">;
  readonly #tell: (message: Told) => void;
  readonly #known = new Map<number, Known>();
  #keys: ReadonlySet<string> = new Set();
  #owners: ReadonlySet<Owner> = new Set();

  constructor(source: Pick<FeedSource, "newestOf" | "standingOf">, tell: (message: Told) => void) {
    this.#source = source;
    this.#tell = tell;
  }

  get keys(): ReadonlySet<string> {
    return this.#keys;
  }

  looksAt(actor: RecordedActor): boolean {
    return this.#owners.has(ownerOf(actor));
  }

  /** Takes the place of what was looked at before. */
  look({ keys = [], actors = [] }: Look): void {
    const before = this.#owners;
    this.#keys = new Set(keys);
    this.#owners = new Set([...actors, ...keys]);
    for (const { actor } of this.#known.values()) if (!this.looksAt(actor)) this.#known.delete(actor.number);
    this.#tellPast([...this.#owners].filter((owner) => !before.has(owner)));
  }

  /** All of it from the beginning: the viewer has missed some. */
  anew(): void {
    this.#known.clear();
    this.#tellPast([...this.#owners]);
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
  #tellPast(owners: readonly Owner[]): void {
    const past = this.#pastOf(owners);
    const begun = new Map(
      past.map(({ actor, at, after }) => [actor.number, { actor, at, after, stands: false }]),
    );
    const at = past.at(-1)?.at ?? 0;
    for (const { actor, after } of owners.flatMap((owner) => [...this.#source.standingOf(owner)]))
      if (!begun.has(actor.number)) begun.set(actor.number, { actor, at, after, stands: true });
    for (const one of [...begun.values()].sort((a, b) => a.actor.number - b.actor.number)) {
      this.#tell(actorMessage(one.actor, one.at, one.after, one.stands));
      this.#known.set(one.actor.number, { actor: one.actor, context: one.stands ? one.after.context : {} });
    }
    for (const entry of past) this.step(entry);
  }

  /** The newest of each, so that one with many steps does not hide the others. */
  #pastOf(owners: readonly Owner[]): readonly Entry[] {
    const lists = this.#source.newestOf(owners, pastMost);
    const shares = fairShares(
      lists.map((list) => list.length),
      pastMost,
    );
    return lists
      .flatMap((list, place) => list.slice(list.length - (shares[place] ?? 0)))
      .sort((a, b) => a.number - b.number);
  }
}
