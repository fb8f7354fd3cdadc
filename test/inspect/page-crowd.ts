/** A feed of many registrations that need no runtime. */
import type { InspectionFeed } from "mooring";
import { defaultPolicy } from "../../machines/index.js";
import { RuntimeFeed } from "../../src/inspect/feed.js";
import type { InspectedStatus } from "../../src/inspect/server.js";
import type { WatchedStatus } from "../../src/inspect/source.js";
import { type Entry, ownerOf, type RecordedActor, type Standpoint } from "../../src/recording/entry.js";
import { noSigns } from "../../src/troubles/troubles.js";

const partitionSize = 16;

const standpoint = (state: Standpoint["state"], context: object): Standpoint => ({
  status: "active",
  state,
  context: { ...context },
  children: [],
  history: {},
});

const serving = { connection: { linked: { streaming: "serving" } }, intake: "accepting" };
const waiting = { connection: { backoff: "transient" }, intake: "accepting" };

export const statusOf = (key: string): WatchedStatus => ({
  key,
  state: "streaming",
  child: "serving",
  since: 1_000,
  cause: null,
  detail: null,
  stopReason: null,
  advice: null,
  unexpectedEvents: 0,
  signs: noSigns,
  roundTripMs: null,
  work: { running: 0, queued: 0, unconfirmed: 0 },
  counters: { requests_processed: 0, requests_failed: 0 },
  nextAction: { what: "goes on serving", at: null },
});

interface Said extends Partial<Pick<WatchedStatus, "cause" | "code" | "detail">> {
  readonly notServingSince?: number | null;
}

export interface Crowd {
  readonly feed: InspectionFeed;
  status(): InspectedStatus;
  readonly keys: readonly string[];
  /** How many listen to the steps. */
  readonly listeners: ReadonlySet<(entry: Entry) => void>;
  /** Of one of them the link is lost. */
  lose(place: number): void;
  /** One of them gets an event that its state does not take. */
  stray(place: number): void;
  /** What the status of one of them tells from now on; its chart takes no step. */
  say(place: number, told: Said): void;
  /** And is there again. */
  regain(place: number): void;
}

const entryOf = (actor: RecordedActor, type: string, after: Standpoint, sent: Entry["sent"]): Entry => ({
  actor,
  number: 1,
  at: Date.now(),
  event: { type },
  after,
  sent,
  drawn: [],
  taken: [],
  asked: [],
  bytes: 0,
});

export function crowdOf(many: number): Crowd {
  const keys = Array.from({ length: many }, (_, at) => `tenant${at % 7}.type${at % 3}.n${at}`);
  const partitions = Math.ceil(many / partitionSize);
  const listeners = new Set<(entry: Entry) => void>();
  const supervisor: RecordedActor = { number: 1, chart: "supervisor", key: "", parent: null };
  const hosts = Array.from(
    { length: partitions },
    (_, at): RecordedActor => ({ number: at + 2, chart: "partition", key: "", parent: 1 }),
  );
  const actors = keys.map(
    (key, at): RecordedActor => ({
      number: partitions + at + 2,
      chart: "registration",
      key,
      parent: Math.floor(at / partitionSize) + 2,
    }),
  );
  const contextOf = (key: string) => ({ key, policy: defaultPolicy, failure: null });
  const all = () => [
    { actor: supervisor, after: standpoint({ active: "running" }, {}) },
    ...hosts.map((actor, at) => ({ actor, after: standpoint("hosting", { partition: at + 1 }) })),
    ...actors.map((actor) => ({ actor, after: standpoint(serving, contextOf(actor.key)) })),
  ];
  const losses = keys.map(() => 0);
  const said = new Map<number, Said>();
  const statusAt = (place: number): WatchedStatus => {
    const status = statusOf(keys[place] ?? "");
    const { notServingSince = null, ...told } = said.get(place) ?? {};
    return { ...status, ...told, signs: { ...status.signs, notServingSince, losses: losses[place] ?? 0 } };
  };
  const registrations = new Map(keys.map((key, at) => [key, { status: () => statusAt(at) }]));
  const move = (
    place: number,
    type: string,
    state: Standpoint["state"],
    more: object,
    sent: Entry["sent"] = [],
  ): void => {
    const actor = actors[place];
    if (!actor) throw new Error(`There are ${many}.`);
    const entry = entryOf(actor, type, standpoint(state, { ...contextOf(actor.key), ...more }), sent);
    for (const listener of listeners) listener(entry);
  };
  const unexpected = { type: "unexpected", event: "stream.accepted", origin: "wire", stale: false };
  const failure = { kind: "transient", cause: "connection-lost" };
  return {
    keys,
    listeners,
    feed: new RuntimeFeed({
      listen: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      standing: all,
      standingOf: (owner) => all().filter(({ actor }) => ownerOf(actor) === owner),
      newestOf: (owners) => owners.map(() => []),
      registrations: () => registrations,
    }),
    status: () => ({ registrations: keys.map((_, at) => statusAt(at)) }),
    lose: (place) => {
      losses[place] = (losses[place] ?? 0) + 1;
      move(place, "stream.ended", waiting, { backoffMs: 500, failure });
    },
    say: (place, told) => void said.set(place, told),
    stray: (place) => move(place, "stream.accepted", serving, {}, [{ emits: unexpected }]),
    regain: (place) => move(place, "stream.accepted", serving, {}),
  };
}
