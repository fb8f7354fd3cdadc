/**
 * How every registration stands after every step that is about it: a number for each step, since there are few ways to
 * stand. Made once, when a recording is there as a whole.
 */
import type { Tone } from "../../src/troubles/tone.js";
import { type Judged, lossesKept, troublesIn } from "../../src/troubles/troubles.js";
import type { Drawing } from "../chart/drawing.js";
import { standingOf } from "../fleet/row.js";
import { credentialsIn } from "../fleet/troubles.js";
import { Names } from "./column.js";
import { mark, type PastActor, type Stood, type Store } from "./store.js";

/** One way to stand. */
export interface Standing {
  readonly state: string;
  readonly tone: Tone;
  readonly cause: string;
  /** Without time and lost links. */
  readonly judged: Omit<Judged, "forMs" | "now" | "lossTimes">;
  /** It was removed: it is no registration any more. */
  readonly isGone: boolean;
  /** By seconds in the state and by whether it flaps: which of the lists of troubles it has. */
  readonly troubles: Int32Array;
}

/** All that time brings it has brought by then. */
const longestSeconds = 600;

const stepsAtOnce = 50_000;

/** What is known of a registration on the way through the steps. */
interface Known {
  /** The number of its active states; -1: nothing is known of it. */
  state: number;
  cause: number;
  marks: number;
  credentials: Judged["credentials"];
  isDoubted: boolean;
  standing: number;
  since: number;
  losses: number;
}

const levels: readonly Judged["credentials"][] = ["fine", "late", "failing"];

const stopReasons: readonly (readonly [number, string])[] = [
  [mark.failed, "failed"],
  [mark.paused, "paused"],
  [mark.removed, "removed"],
];

const waiting = "registration.connection.linked.streaming.pendingApproval.approved";

export class Standings {
  /** By the number of the step; -1: it is about no registration, or nothing is known of that. */
  readonly of: Int32Array;
  /** When it came to the state that it has after the step; NaN: nobody knows. */
  readonly since: Float64Array;
  /** Links lost up to the step. */
  readonly losses: Int32Array;
  readonly all: Standing[] = [];
  /** By registration: how it stood from the beginning, the steps that changed its tone, and when it lost its link. */
  readonly first: Int32Array;
  readonly turns: readonly number[][];
  readonly lossTimes: readonly number[][];
  /** Every list of troubles that there was. */
  readonly lists: (readonly string[])[] = [];
  readonly #listNumbers = new Names();
  readonly #store: Store;
  readonly #drawing: Drawing;
  readonly #known: readonly Known[];
  readonly #numbers = new Map<number, number>();

  constructor(store: Store, drawing: Drawing) {
    this.#store = store;
    this.#drawing = drawing;
    this.of = new Int32Array(store.length).fill(-1);
    this.since = new Float64Array(store.length);
    this.losses = new Int32Array(store.length);
    this.first = new Int32Array(store.slots.length).fill(-1);
    this.turns = store.slots.map(() => []);
    this.lossTimes = store.slots.map(() => []);
    this.#known = store.slots.map(() => ({
      state: -1,
      cause: 0,
      marks: 0,
      credentials: "fine",
      isDoubted: false,
      standing: -1,
      since: Number.NaN,
      losses: 0,
    }));
  }

  /** Works through all steps, and pauses now and then. */
  *work(): Generator<void> {
    const { actors, length } = this.#store;
    for (const actor of actors) if (actor.stood) this.#stand(actor, actor.stood);
    for (const [slot, known] of this.#known.entries()) {
      known.standing = this.#numberOf(known);
      this.first[slot] = known.standing;
    }
    for (let step = 0; step < length; step += 1) {
      this.#step(step);
      if (step % stepsAtOnce === stepsAtOnce - 1) yield;
    }
  }

  /** After the last step about a registration, -1 for none. Undefined: it is not there, or nothing is known of it. */
  after(slot: number, last: number): Standing | undefined {
    const standing = this.at((last < 0 ? this.first[slot] : this.of[last]) ?? -1);
    return standing?.isGone ? undefined : standing;
  }

  /**
   * The number of its list of troubles. Those that come with time come at whole seconds, so they are judged once for each:
   * `forMs` counts up to the next.
   */
  troublesOf({ judged, troubles }: Standing, forMs: number, isFlapping: boolean): number {
    const seconds = Math.min(longestSeconds, Math.max(0, Math.ceil(forMs / 1_000)));
    const place = 2 * seconds + (isFlapping ? 1 : 0);
    const known = troubles[place] ?? -1;
    if (known >= 0) return known;
    const lossTimes = isFlapping ? new Array<number>(lossesKept).fill(0) : [];
    const names = troublesIn({ ...judged, forMs: seconds * 1_000, now: 0, lossTimes });
    const number = this.#listNumbers.numberOf(names.join("\n"));
    this.lists[number] ??= names;
    troubles[place] = number;
    return number;
  }

  at(number: number): Standing | undefined {
    return this.all[number];
  }

  #stand(
    { slot, chart }: PastActor,
    { state, marks, cause }: Pick<Stood, "state" | "marks" | "cause">,
  ): void {
    const known = this.#known[slot];
    if (!known) return;
    const isOver = (marks & mark.ended) !== 0;
    if (chart === "credentials")
      known.credentials = isOver ? "fine" : credentialsIn(this.#store.states[state]);
    else if (chart === "liveness") known.isDoubted = !isOver;
    else if (chart === "registration") Object.assign(known, { state, marks, cause });
  }

  #step(step: number): void {
    const store = this.#store;
    const actor = store.actors[store.actor.at(step)];
    const known = actor && this.#known[actor.slot];
    if (!known) return;
    const before = this.all[known.standing];
    const wasFailed = (known.marks & mark.failed) !== 0;
    this.#stand(actor, {
      state: store.state.at(step),
      marks: store.marks.at(step),
      cause: store.cause.at(step),
    });
    known.standing = this.#numberOf(known);
    const after = this.all[known.standing];
    let marks = store.marks.at(step);
    if (!wasFailed && (known.marks & mark.failed) !== 0) marks |= mark.fault;
    if (after && after.state !== before?.state) {
      marks |= mark.moved;
      // A recording that begins with it does not tell when it came there.
      const isSeen = before !== undefined || store.events.at(store.event.at(step)) !== "checkpoint";
      known.since = isSeen ? store.at.at(step) : Number.NaN;
    }
    if (after && after.tone !== before?.tone) {
      this.turns[actor.slot]?.push(step);
      const isLost = after.tone === "bad" && store.events.at(store.event.at(step)) !== "checkpoint";
      if (isLost) {
        known.losses += 1;
        this.lossTimes[actor.slot]?.push(store.at.at(step));
        marks |= mark.fault;
      }
    }
    store.marks.set(step, marks);
    this.of[step] = known.standing;
    this.since[step] = known.since;
    this.losses[step] = known.losses;
  }

  /** -1 for one of which nothing is known. */
  #numberOf({ state, cause, marks, credentials, isDoubted }: Known): number {
    if (state < 0) return -1;
    const level = levels.indexOf(credentials) * 2 + (isDoubted ? 1 : 0);
    const name = ((state * this.#store.causes.size + cause) * 64 + (marks % 64)) * 8 + level;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const number = this.all.push(this.#standing(state, cause, marks, credentials, isDoubted)) - 1;
    this.#numbers.set(name, number);
    return number;
  }

  #standing(
    number: number,
    cause: number,
    marks: number,
    credentials: Judged["credentials"],
    isDoubted: boolean,
  ): Standing {
    const active = this.#store.states[number] ?? new Set<string>();
    const isOver = (marks & mark.ended) !== 0;
    const stopReason = stopReasons.find(([one]) => (marks & one) !== 0)?.[1] ?? null;
    const isPaused = isOver && stopReason === "paused";
    const stood = standingOf(active, this.#drawing);
    const state = isPaused ? "paused" : stood.state;
    const tone = isOver ? "off" : stood.tone;
    const judged = {
      state,
      tone,
      stopReason,
      awaitsCredentials: active.has(waiting),
      strays: (marks & mark.strays) === 0 ? 0 : 1,
      waitsLongest: (marks & mark.waitsLongest) !== 0,
      credentials,
      isDoubted,
      unsavedCode: null,
      queueFullAt: null,
      oversizedAt: null,
      blockedAt: null,
    };
    return {
      state,
      tone,
      cause: this.#store.causes.at(cause),
      judged,
      isGone: isOver && stopReason === "removed",
      troubles: new Int32Array(2 * (longestSeconds + 1)).fill(-1),
    };
  }
}
