/** One system of actors, and all that can be seen of it: inspection, emitted events, logs, timers, errors. */
import {
  type AnyActor,
  type AnyActorRef,
  type AnyEventObject,
  type AnyStateMachine,
  createActor,
  type InspectionEvent,
  type Snapshot,
} from "xstate";

type Told = readonly [what: string, ...unknown[]];

/** Notes each timer, and fires those that the test names. */
class NotingClock {
  readonly #tell: (told: Told) => void;
  readonly #pending = new Map<number, () => void>();
  #count = 0;

  constructor(tell: (told: Told) => void) {
    this.#tell = tell;
  }

  get pending(): readonly number[] {
    return [...this.#pending.keys()];
  }

  setTimeout(fire: () => void, ms: number): number {
    this.#count += 1;
    this.#pending.set(this.#count, fire);
    this.#tell(["timer", this.#count, ms]);
    return this.#count;
  }

  clearTimeout(id: number): void {
    this.#pending.delete(id);
    this.#tell(["no timer", id]);
  }

  fire(id: number): void {
    const fire = this.#pending.get(id);
    this.#pending.delete(id);
    fire?.();
  }
}

export class Side {
  readonly machine: AnyStateMachine;
  readonly #input: unknown;
  readonly #isInspected: boolean;
  readonly clock: NotingClock;
  /** In the order in which they were made; the machine itself is the first. Where nobody inspects: as they were found. */
  actors: AnyActorRef[] = [];
  root: AnyActor;
  #told: Told[] = [];
  readonly #last = new Map<AnyActorRef, unknown>();

  constructor(machine: AnyStateMachine, input: unknown, isInspected = true) {
    this.machine = machine;
    this.#input = input;
    this.#isInspected = isInspected;
    this.clock = new NotingClock((told) => this.#told.push(told));
    this.root = this.#create();
  }

  /** What was told since it was asked last. */
  takeTold(): readonly Told[] {
    const told = this.#told;
    this.#told = [];
    return told;
  }

  /** The children of those that are known, where nobody tells of them. */
  find(): void {
    if (this.#isInspected) return;
    for (const actor of this.actors)
      for (const child of childrenOf(actor)) if (!this.actors.includes(child)) this.actors.push(child);
  }

  start(): void {
    this.root.subscribe({
      next: (snapshot) => this.#told.push(["next", snapshot]),
      error: (error) => this.#told.push(["error", error]),
      complete: () => this.#told.push(["complete"]),
    });
    this.root.on("*", (event: AnyEventObject) => this.#told.push(["emitted", event]));
    this.root.start();
  }

  /** It ends, and another one begins as it stood. */
  restore(): Snapshot<unknown> {
    const persisted = this.root.getPersistedSnapshot();
    this.root.stop();
    this.actors = [];
    this.root = this.#create(persisted);
    this.start();
    return persisted;
  }

  #create(snapshot?: Snapshot<unknown>): AnyActor {
    const actor = createActor(this.machine, {
      input: this.#input,
      clock: this.clock as never,
      logger: (...said: unknown[]) => this.#told.push(["log", ...said]),
      ...(this.#isInspected ? { inspect: (event: InspectionEvent) => this.#note(event) } : {}),
      ...(snapshot ? { snapshot } : {}),
    } as never) as AnyActor;
    if (!this.#isInspected) this.actors = [actor];
    return actor;
  }

  #note(event: InspectionEvent): void {
    const { actorRef, rootId, ...rest } = event as InspectionEvent & { readonly snapshot?: unknown };
    if (event.type === "@xstate.actor") this.actors.push(actorRef as AnyActorRef);
    this.#told.push(["inspected", rootId, actorRef, rest]);
    if (!("snapshot" in rest)) return;
    // Whether a step has left the very snapshot that was there.
    this.#told.push(["same snapshot", this.#last.get(actorRef as AnyActorRef) === rest.snapshot]);
    this.#last.set(actorRef as AnyActorRef, rest.snapshot);
  }
}

function childrenOf(actor: AnyActorRef): readonly AnyActorRef[] {
  const { children = {} } = (actor as unknown as { _snapshot?: { children?: object } })._snapshot ?? {};
  return Object.values(children).filter((child) => child !== undefined);
}
