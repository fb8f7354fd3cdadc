/** What the page knows of the actors, built from the feed's messages. */
import type {
  ActorMessage,
  EventData,
  InspectionMessage,
  SnapshotData,
} from "../src/inspect/inspection-messages.js";

export interface SeenEvent {
  readonly at: number;
  readonly event: EventData;
  readonly statePath: string;
}

/** What the page needs of a machine's configuration. */
interface StateConfig {
  readonly tags?: string | readonly string[];
  readonly states?: Readonly<Record<string, StateConfig>>;
}

export interface SeenActor {
  readonly id: string;
  readonly name: string;
  readonly parentId: string | undefined;
  readonly definition: string | undefined;
  readonly config: StateConfig;
  snapshot: SnapshotData;
  /** The state before the last change of state, as active paths. */
  before: ReadonlySet<string>;
  lastEvent: string;
  readonly events: SeenEvent[];
}

const eventsKept = 50;

type Value = string | { readonly [name: string]: Value };

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || (typeof value === "object" && value !== null);

/** Every active state as a path from the root, e.g. `connection.linked.streaming`. */
export function activePaths(value: unknown, prefix = ""): readonly string[] {
  if (!isValue(value)) return [];
  if (typeof value === "string") return [prefix + value];
  return Object.entries(value).flatMap(([name, inner]) => [
    prefix + name,
    ...activePaths(inner, `${prefix}${name}.`),
  ]);
}

/** The tags of all active states, as the machine's definition has them. */
export function tagsOf({ config, snapshot }: SeenActor): ReadonlySet<string> {
  const tags = new Set<string>();
  const collect = (at: StateConfig | undefined): void => {
    for (const tag of [at?.tags ?? []].flat()) tags.add(tag);
  };
  collect(config);
  for (const path of activePaths(snapshot.value))
    collect(path.split(".").reduce<StateConfig | undefined>((at, name) => at?.states?.[name], config));
  return tags;
}

/** The innermost public state of a registration, e.g. `streaming.serving`. */
export function statePathOf(snapshot: SnapshotData): string {
  const paths = activePaths(snapshot.value).filter((path) => path.startsWith("connection."));
  const longest = paths.reduce((most, path) => (path.length > most.length ? path : most), "");
  const inner = longest.replace(/^connection\.(linked\.)?/, "");
  return inner || (typeof snapshot.value === "string" ? snapshot.value : snapshot.status);
}

export class Actors {
  readonly all = new Map<string, SeenActor>();
  /** By their definitions, of which there are few. */
  readonly #configs = new Map<string, StateConfig>();

  take(message: InspectionMessage): void {
    if (message.type === "@xstate.actor") this.#add(message);
    const actor = this.all.get(message.sessionId);
    if (!actor || message.type === "@xstate.actor") return;
    const at = Number(message.createdAt);
    if (message.type === "@xstate.snapshot") {
      const before = JSON.stringify(actor.snapshot.value);
      if (JSON.stringify(message.snapshot.value) !== before) {
        actor.before = new Set(activePaths(actor.snapshot.value));
        actor.lastEvent = message.event.type;
      }
      actor.snapshot = message.snapshot;
      actor.events.push({ at, event: message.event, statePath: statePathOf(message.snapshot) });
      if (actor.events.length > eventsKept) actor.events.shift();
    }
  }

  clear(): void {
    this.all.clear();
  }

  /** Actors that have ended and will not come back. */
  forget(id: string): void {
    this.all.delete(id);
  }

  /** Registrations are the actors with a `connection`, below a partition. */
  registrations(): readonly SeenActor[] {
    return [...this.all.values()].filter(
      (actor) => actor.name.includes("~") && actor.snapshot.status === "active",
    );
  }

  childrenOf(id: string): readonly SeenActor[] {
    return [...this.all.values()].filter(
      (actor) => actor.parentId === id && actor.snapshot.status === "active",
    );
  }

  #configOf(definition: string): StateConfig {
    const config: StateConfig = this.#configs.get(definition) ?? JSON.parse(definition);
    this.#configs.set(definition, config);
    return config;
  }

  #add(message: ActorMessage): void {
    this.all.set(message.sessionId, {
      id: message.sessionId,
      name: message.name,
      parentId: message.parentId,
      definition: message.definition,
      config: this.#configOf(message.definition ?? "{}"),
      snapshot: message.snapshot,
      before: new Set(),
      lastEvent: "",
      events: [],
    });
  }
}
