/** Tells of the last moment of a recording as a runtime would have: state, explanation, journal. */

import type { RegistrationView } from "../../machines/registration-view.js";
import type { Recording } from "../recording/read.js";
import type { Replayed } from "../recording/replay.js";
import type { Movement } from "../recording/replay-types.js";
import { explainRegistration, needsAttention } from "../runtime/explain.js";
import type { JournalEntry } from "../runtime/journal.js";
import type { RegistrationStatus } from "../runtime/status.js";
import { isLoss, lossesKept } from "../troubles/losses.js";
import { noSigns } from "../troubles/troubles.js";
import type { Doors } from "./doors.js";
import type { Explained, Known, Snapshot, Source } from "./source.js";

const lossesIn = (movements: readonly Movement[]): readonly number[] =>
  movements.filter(({ from, to }) => from !== null && isLoss(from, to)).map(({ at }) => at);

const isServing = (state: string): boolean => state === "streaming.serving";

/** When it last ceased to serve, or the beginning of what is known of it. */
function notServingSince(movements: readonly Movement[]): number {
  const end = movements.findLast(({ from, to }) => from !== null && isServing(from) && !isServing(to));
  return end?.at ?? movements[0]?.at ?? 0;
}

function knownOf(key: string, view: RegistrationView, movements: readonly Movement[]): Known {
  const since = movements.at(-1)?.at ?? 0;
  const { state, child, tags, meaning, advice, stopReason, attempt, failure, next } = view;
  const losses = lossesIn(movements);
  return {
    key,
    state,
    child,
    ready: tags.has("ready"),
    tags: [...tags],
    meaning,
    advice,
    since,
    enteredBy: view.event,
    cause: failure?.cause ?? null,
    code: failure?.code ?? null,
    detail: failure?.detail ?? null,
    stopReason,
    nextAction: { what: next.what, at: next.afterMs === null ? null : since + next.afterMs },
    credentialSource: view.credentialSource,
    hasSessionToken: view.hasSessionToken,
    // A recording does not have these.
    otherGateway: null,
    requestDurations: [],
    transport: { kind: null, why: null },
    attempt,
    roundTripMs: null,
    signs: {
      ...noSigns,
      notServingSince: tags.has("ready") ? null : notServingSince(movements),
      losses: losses.length,
      lossTimes: losses.slice(-lossesKept),
    },
    unexpectedEvents: view.unexpectedEvents,
    staleEvents: view.staleEvents,
  };
}

const entryOf = ({ at, from, to, event, cause }: Movement): JournalEntry => ({
  at,
  kind: "transition",
  state: to,
  ...(from === null ? {} : { from }),
  event,
  ...(cause === null ? {} : { cause }),
});

interface Loaded {
  readonly recording: Recording;
  readonly replayed: Replayed;
  readonly movements: ReadonlyMap<string, readonly Movement[]>;
}

function byKey(movements: readonly Movement[]): ReadonlyMap<string, readonly Movement[]> {
  const found = new Map<string, Movement[]>();
  for (const one of movements) {
    const list = found.get(one.key);
    if (list) list.push(one);
    else found.set(one.key, [one]);
  }
  return found;
}

export class ReplayedSource implements Source {
  readonly #load: () => Promise<Loaded>;

  constructor({ recording, replay }: Pick<Doors, "recording" | "replay">) {
    this.#load = async () => {
      const loaded = await recording();
      const replayed = replay(loaded, {});
      return { recording: loaded, replayed, movements: byKey(replayed.movements) };
    };
  }

  async snapshot(): Promise<Snapshot> {
    const { recording, replayed, movements } = await this.#load();
    const registrations = [...replayed.views].map(([key, view]) =>
      knownOf(key, view, movements.get(key) ?? []),
    );
    const { writtenAt } = recording.header;
    const facts = { source: "a recording", phase: "recorded", gateway: null } as const;
    return { ...facts, at: writtenAt, registrations, connections: [] };
  }

  async explain(key: string): Promise<Explained> {
    const { recording, replayed, movements } = await this.#load();
    const view = replayed.views.get(key);
    const moved = movements.get(key) ?? [];
    if (!view)
      return { text: `${key}: its replay diverged: recording_summary says where.`, needsAttention: true };
    const journal = moved.map(entryOf);
    // What an explanation looks at is all there.
    const status = knownOf(key, view, moved) as RegistrationStatus;
    return {
      text: explainRegistration(status, journal, { now: recording.header.writtenAt }),
      needsAttention: needsAttention(status, journal, recording.header.writtenAt),
    };
  }

  async journal(key: string): Promise<readonly JournalEntry[]> {
    return ((await this.#load()).movements.get(key) ?? []).map(entryOf);
  }
}
