/** What happens now, from the feed. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { Actors, isHost, registrationIn, type SeenActor } from "./feed/actors.js";
import { listen, sayLook } from "./feed/connection.js";
import { HostedActors } from "./feed/hosted.js";
import type { StatusTold, StepTold } from "./feed/told.js";
import { Fleet } from "./fleet/fleet.js";
import { setRuntimeClock } from "./runtime-clock.js";
import type { Source } from "./source.js";

/** Is told that there is something new to be drawn. */
interface Watcher {
  /** All as it is now has been told. */
  began(): void;
  changed(): void;
  isLive(live: boolean): void;
}

export interface LiveSource extends Source {
  readonly fleet: Fleet;
  /** Those that it was told of. */
  readonly seen: Actors;
  /** Every step that it is told of from now on, when its actor has taken it. */
  follow(follower: (actor: SeenActor, step: StepTold) => void): void;
  /** Says of whom every step is wanted, by their addresses. */
  look(addresses: readonly string[]): void;
  /** What a person is told of a registration that is looked at; undefined: nobody tells. */
  statusOf(key: string): StatusTold | undefined;
  /** Messages that the page did not get, because it was too slow. */
  readonly missed: ReadonlySignal<number>;
  begin(watcher: Watcher): void;
}

export function liveSource(): LiveSource {
  const actors = new Actors();
  const fleet = new Fleet();
  const missed = signal(0);
  const statuses = new Map<string, StatusTold>();
  const followers = new Set<(actor: SeenActor, step: StepTold) => void>();
  let viewer: number | undefined;
  let lookedAt: readonly string[] = [];

  /** A registration by its key, with all that belongs to it; who hosts some by the number of the actor. */
  const look = (): void => {
    if (viewer === undefined) return;
    const hosts = lookedAt.flatMap((address) => actors.at(address) ?? []).filter(isHost);
    const keys = new Set(lookedAt.map(registrationIn).filter((key) => fleet.rows.has(key)));
    actors.keep((key) => keys.has(key));
    for (const key of statuses.keys()) if (!keys.has(key)) statuses.delete(key);
    const numbers = hosts.map(({ id }) => id);
    void sayLook(viewer, [...keys], numbers);
  };
  return {
    actors: new HostedActors(actors, fleet),
    fleet,
    seen: actors,
    missed,
    follow: (follower) => followers.add(follower),
    statusOf: (key) => statuses.get(key),
    look(addresses) {
      lookedAt = addresses;
      look();
    },
    begin({ began, changed, isLive }) {
      let isNew = false;
      listen({
        begin(number, at) {
          setRuntimeClock(at);
          viewer = number;
          isNew = true;
          actors.clear();
          fleet.clear();
          statuses.clear();
        },
        told(told) {
          // One that ends with its step is forgotten.
          const before = actors.get(told.id);
          actors.take(told);
          const actor = actors.get(told.id) ?? before;
          if (told.what === "step" && actor) for (const follow of followers) follow(actor, told);
        },
        row: (row) => fleet.take(row),
        rowGone: (key) => fleet.drop(key),
        figures: (key, figures) => fleet.measure(key, figures),
        stray: (stray) => fleet.stray(stray),
        status: (status) => statuses.set(status.key, status),
        missed(messages) {
          missed.value += messages;
        },
        batch() {
          if (isNew) {
            look();
            began();
          }
          isNew = false;
          changed();
        },
        isLive,
      });
    },
  };
}
