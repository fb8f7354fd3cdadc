/**
 * Tells viewers what the charts of a runtime do, from the recorder's steps. Nobody there: it does not even listen.
 * Never takes part.
 */
import { chartVersions } from "../recording/charts.js";
import type { Entry } from "../recording/entry.js";
import { isHost } from "../recording/settings.js";
import { packageVersion } from "../version.js";
import { feedVersion, type HostRow, type InspectedRegistration } from "./feed-messages.js";
import { Fleet, type Member } from "./fleet.js";
import type { Look } from "./looking.js";
import { Names } from "./names.js";
import { nameOf } from "./shown-step.js";
import type { FeedSource, WatchedStatus } from "./source.js";
import { type FeedListener, Viewer } from "./viewer.js";

/** Somebody who is told, until they leave. */
export interface FeedViewer {
  /** Its number, from 1. */
  readonly number: number;
  /** Says of whom every step is wanted, in place of what was looked at before; first comes what is remembered of them. */
  look(look: Look): void;
  /** Nothing more is told. */
  leave(): void;
}

/** What the charts of a runtime do, for viewers; by an allow-list, and never in the way of the charts. */
export interface InspectionFeed {
  /** Somebody comes, and is told from now on. The first batch comes within 50 ms. */
  connect(listener: FeedListener): FeedViewer;
}

/** Batches come at most this often. */
const batchMs = 50;

/** Each status is read once in so many batches: of 10,000 registrations that is 500 in a batch, and a second in all. */
const batchesOfRound = 20;

/** Where the statuses are being read. */
interface Round {
  readonly statuses: Iterator<{ status(): WatchedStatus }>;
  readonly inBatch: number;
  batches: number;
}

/** What is kept while somebody looks. */
interface Watch {
  readonly fleet: Fleet;
  readonly names: Names;
  readonly hosts: Map<number, HostRow>;
  round: Round;
  leave(): void;
}

export class RuntimeFeed implements InspectionFeed {
  readonly #source: FeedSource;
  readonly #viewers = new Set<Viewer>();
  /** Of registrations that are looked at, what was told of their status last. */
  readonly #statuses = new Map<string, string>();
  #watch: Watch | undefined;
  #count = 0;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  connect(listener: FeedListener, number = this.#count + 1): FeedViewer {
    this.#watch ??= this.#begin();
    const watch = this.#watch;
    this.#count = number;
    const viewer = new Viewer(listener, watch.names, this.#source, {
      what: "hello",
      version: feedVersion,
      mooring: packageVersion,
      charts: chartVersions(),
      at: Date.now(),
      viewer: number,
    });
    for (const host of watch.hosts.values()) viewer.host(host);
    for (const member of watch.fleet.all()) viewer.came(member);
    this.#viewers.add(viewer);
    return {
      number,
      look: (look) => {
        viewer.look(look);
        this.#statuses.clear();
      },
      leave: () => this.#leave(viewer),
    };
  }

  #leave(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#watch?.leave();
    this.#watch = undefined;
    this.#statuses.clear();
  }

  #begin(): Watch {
    const unlisten = this.#source.listen((entry) => this.#step(entry));
    const timer = setInterval(() => this.#batch(), batchMs);
    timer.unref();
    const watch: Watch = {
      fleet: new Fleet({
        came: (member) => this.#each((viewer) => viewer.came(member)),
        moved: (member) => this.#each((viewer) => viewer.moved(member)),
        figures: (member) => this.#each((viewer) => viewer.figures(member)),
        gone: (member) => this.#each((viewer) => viewer.gone(member)),
      }),
      names: new Names(),
      hosts: new Map(),
      round: this.#newRound(),
      leave: () => {
        unlisten();
        clearInterval(timer);
      },
    };
    this.#readAll(watch);
    return watch;
  }

  /** All as it is now. */
  #readAll({ fleet, hosts }: Watch): void {
    for (const { actor, after } of this.#source.standing()) {
      if (actor.chart === "registration") fleet.step({ actor, at: 0, after });
      if (isHost(actor.chart))
        hosts.set(actor.number, [actor.number, actor.chart, nameOf(actor, after.context), actor.parent]);
    }
    for (const one of this.#source.registrations().values()) fleet.status(one.status());
  }

  #each(tell: (viewer: Viewer) => void): void {
    for (const viewer of this.#viewers) tell(viewer);
  }

  #step(entry: Entry): void {
    const { actor } = entry;
    if (isHost(actor.chart)) this.#host(entry);
    if (actor.chart === "registration") {
      this.#watch?.fleet.step(entry);
      this.#strays(entry);
    }
    for (const viewer of this.#viewers) viewer.step(entry);
  }

  #host({ actor, after }: Entry): void {
    const hosts = this.#watch?.hosts;
    if (!hosts) return;
    if (after.status !== "active") {
      hosts.delete(actor.number);
      this.#each((viewer) => viewer.hostGone(actor.number));
    } else if (!hosts.has(actor.number)) {
      const row: HostRow = [actor.number, actor.chart, nameOf(actor, after.context), actor.parent];
      hosts.set(actor.number, row);
      this.#each((viewer) => viewer.host(row));
    }
  }

  #strays({ actor, at, sent }: Entry): void {
    for (const output of sent) {
      if (!("emits" in output) || output.emits.type !== "unexpected") continue;
      const member: Member | undefined = this.#watch?.fleet.get(actor.key);
      const stray = output.emits as unknown as { event: string; origin: string; stale: boolean };
      if (member) this.#each((viewer) => viewer.stray(member, at, stray));
    }
  }

  #batch(): void {
    this.#readSome();
    for (const viewer of this.#viewers) {
      try {
        viewer.flush();
      } catch {
        // It is the caller's own code that fails, on a timer of ours.
        this.#leave(viewer);
      }
    }
  }

  #newRound(): Round {
    const registrations = this.#source.registrations();
    const inBatch = Math.ceil(registrations.size / batchesOfRound);
    return { statuses: registrations.values(), inBatch, batches: 0 };
  }

  #readSome(): void {
    const watch = this.#watch;
    if (!watch) return;
    const { round, fleet } = watch;
    for (let read = 0; read < round.inBatch; read += 1) {
      const next = round.statuses.next();
      if (next.done) break;
      fleet.status(next.value.status());
    }
    round.batches += 1;
    if (round.batches < batchesOfRound) return;
    fleet.keep(this.#source.registrations());
    this.#tellStatuses();
    watch.round = this.#newRound();
  }

  /** Of registrations that somebody looks at, in words. */
  #tellStatuses(): void {
    const registrations = this.#source.registrations();
    for (const key of new Set([...this.#viewers].flatMap((viewer) => [...viewer.keys]))) {
      const status = registrations.get(key)?.status();
      const said = status && inWords(status);
      const text = JSON.stringify(said);
      if (!said || this.#statuses.get(key) === text) continue;
      this.#statuses.set(key, text);
      for (const viewer of this.#viewers)
        if (viewer.keys.has(key)) viewer.say({ what: "status", status: said });
    }
  }
}

/** What a person is told of it beside its figures. */
const inWords = ({
  key,
  state,
  child,
  since,
  cause,
  detail,
  nextAction,
}: InspectedRegistration): InspectedRegistration => ({
  key,
  state,
  child,
  since,
  cause,
  detail: detail ?? null,
  nextAction,
});
