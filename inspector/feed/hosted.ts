/** Who hosts whom: supervisor and partitions by the feed, the registrations by their rows, the rest where somebody looks. */
import type { Fleet } from "../fleet/fleet.js";
import type { LiveRow } from "../fleet/row.js";
import type { ActorsSeen, LookedActor } from "../source.js";
import { type Actors, isHost, type SeenActor } from "./actors.js";

const none: ReadonlySet<string> = new Set();
const nothing: readonly never[] = [];
const nowhere: ReadonlyMap<string, number> = new Map();

/** A registration that nobody looks at: its row has all that is told of it. */
class Unlooked implements LookedActor {
  readonly #row: LiveRow;

  constructor(row: LiveRow) {
    this.#row = row;
  }

  readonly machine = "registration";
  readonly isLive = true;
  readonly version = 0;

  get id(): string {
    return this.#row.key;
  }
  get name(): string {
    return this.#row.key;
  }
  get address(): string {
    return this.#row.key;
  }
  get active() {
    return none;
  }
  get context() {
    return {};
  }
  get enteredAt() {
    return nowhere;
  }
  get steps() {
    return nothing;
  }
  get path() {
    return nothing;
  }
}

interface Hosted {
  readonly changes: number;
  readonly hosts: ReadonlyMap<string | undefined, readonly SeenActor[]>;
  readonly rows: ReadonlyMap<string | undefined, readonly LiveRow[]>;
}

function listedBy<Item, Name>(items: Iterable<Item>, nameOf: (item: Item) => Name): Map<Name, Item[]> {
  const found = new Map<Name, Item[]>();
  for (const item of items) {
    const list = found.get(nameOf(item));
    if (list) list.push(item);
    else found.set(nameOf(item), [item]);
  }
  return found;
}

export class HostedActors implements ActorsSeen {
  readonly #actors: Actors;
  readonly #fleet: Fleet;
  #hosted: Hosted | undefined;

  constructor(actors: Actors, fleet: Fleet) {
    this.#actors = actors;
    this.#fleet = fleet;
  }

  get changes(): number {
    return this.#actors.changes + this.#fleet.changes;
  }

  at(address: string): LookedActor | undefined {
    return this.#actors.at(address);
  }

  roots(): readonly LookedActor[] {
    const { hosts, rows } = this.#read();
    // Who is not hosted, such as one that waits for its turn, comes last.
    const homeless = [...rows].filter(([host]) => this.#actors.get(host) === undefined);
    return [...(hosts.get(undefined) ?? []), ...homeless.flatMap(([, some]) => this.#look(some))];
  }

  childrenOf(actor: LookedActor): readonly LookedActor[] {
    if (!isHost(actor)) return this.#actors.childrenOf(actor);
    const { hosts, rows } = this.#read();
    return [...(hosts.get(actor.id) ?? []), ...this.#look(rows.get(actor.id) ?? [])];
  }

  #look(rows: readonly LiveRow[]): readonly LookedActor[] {
    return rows.map((row) => this.#actors.at(row.key) ?? new Unlooked(row));
  }

  #read(): Hosted {
    const { changes } = this;
    if (this.#hosted?.changes === changes) return this.#hosted;
    const hosts = [...this.#actors.all()].filter(isHost);
    this.#hosted = {
      changes,
      hosts: listedBy(hosts, ({ parentId }) => parentId),
      rows: listedBy(this.#fleet.rows.values(), ({ partition }) => partition),
    };
    return this.#hosted;
  }
}
