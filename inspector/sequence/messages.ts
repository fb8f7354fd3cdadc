/** The messages of a recording, or of what is live, in order; each is worked out when it is seen. */
import { type Message, messagesOf } from "../../src/recording/senders.js";
import { upTo } from "../past/column.js";
import type { Loaded } from "../past/intake.js";
import type { ActorsSeen, LookedActor, LookedStep } from "../source.js";
import { failureIn, toldBy } from "./failures.js";

export interface Said extends Message {
  readonly at: number;
  /** Of the registration; empty: of none. */
  readonly key: string;
  /** The chart that took it, or that sent it to a port. */
  readonly address: string;
  /** Of a recording: the number of the step. */
  readonly step: number | undefined;
  readonly taken: readonly string[];
  /** What failed, in a word; undefined: nothing did, as far as it tells. */
  readonly failure: string | undefined;
}

export interface Messages {
  readonly length: number;
  at(place: number): Said | undefined;
  /** The first message of a step, or of the one before it that has some; -1: none. */
  placeOf(step: number): number;
}

const remembered = 400;

/** Those of steps, which are given with how many messages there are up to each. */
class PastMessages implements Messages {
  readonly length: number;
  readonly #loaded: Loaded;
  readonly #addressOf: (step: number) => string;
  readonly #steps: Int32Array | undefined;
  readonly #sums: Int32Array;
  readonly #count: number;
  readonly #said = new Map<number, readonly Said[]>();

  /** Undefined steps: all. */
  constructor(loaded: Loaded, addressOf: (step: number) => string, steps: Int32Array | undefined) {
    const { store } = loaded;
    this.#loaded = loaded;
    this.#addressOf = addressOf;
    this.#steps = steps;
    this.#count = steps?.length ?? store.length;
    this.#sums = steps ? this.#sumsOf(steps) : store.messages.values;
    this.length = this.#count === 0 ? 0 : (this.#sums[this.#count - 1] ?? 0);
  }

  at(place: number): Said | undefined {
    const index = upTo(this.#sums, place, this.#count);
    const step = this.#steps ? this.#steps[index] : index;
    const before = index === 0 ? 0 : (this.#sums[index - 1] ?? 0);
    return step === undefined || index >= this.#count ? undefined : this.#saidAt(step)[place - before];
  }

  placeOf(step: number): number {
    const many = this.#steps ? upTo(this.#steps, step) : Math.min(this.#count, step + 1);
    for (let index = many - 1; index >= 0; index -= 1) {
      const before = index === 0 ? 0 : (this.#sums[index - 1] ?? 0);
      if ((this.#sums[index] ?? 0) > before) return before;
    }
    return -1;
  }

  #sumsOf(steps: Int32Array): Int32Array {
    const { messages } = this.#loaded.store;
    let sum = 0;
    return steps.map((step) => {
      sum += messages.at(step) - (step === 0 ? 0 : messages.at(step - 1));
      return sum;
    });
  }

  #saidAt(step: number): readonly Said[] {
    const known = this.#said.get(step);
    if (known) return known;
    const { store, text } = this.#loaded;
    const actor = store.actors[store.actor.at(step)];
    const { at, event, sent = [], taken = [] } = text.parsed(store.offset.at(step), store.size.at(step));
    if (!actor || !event) return [];
    const key = store.slots[store.about.at(step)]?.key ?? "";
    const address = this.#addressOf(step);
    const { type, ...facts } = event;
    const failure = failureIn(String(type), facts);
    const said = messagesOf({ chart: actor.chart, event, sent }).map((message, nth) => ({
      ...toldBy(message, facts),
      failure: nth === 0 ? failure : undefined,
      at,
      key,
      address,
      step,
      taken,
    }));
    if (this.#said.size > remembered) this.#said.clear();
    this.#said.set(step, said);
    return said;
  }
}

export function pastMessages(
  loaded: Loaded,
  addressOf: (step: number) => string,
  slot: number | undefined,
): Messages {
  return new PastMessages(loaded, addressOf, slot === undefined ? undefined : loaded.store.stepsAbout(slot));
}

const isChart = (machine: string | undefined): machine is "registration" | "credentials" | "liveness" =>
  machine === "registration" || machine === "credentials" || machine === "liveness";

function saidIn(
  { machine, address }: LookedActor,
  { at, event, facts, sent = [], taken }: LookedStep,
): readonly Said[] {
  if (!isChart(machine)) return [];
  const key = address.split("/")[0] ?? "";
  const failure = failureIn(event, facts);
  return messagesOf({ chart: machine, event: { type: event }, sent }).map((message, nth) => ({
    ...toldBy(message, facts),
    failure: nth === 0 ? failure : undefined,
    at,
    key,
    address,
    step: undefined,
    taken,
  }));
}

/** Of a registration and what it runs, as far as the page remembers; the newest last. */
export function liveMessages(actors: ActorsSeen, key: string): Messages {
  const registration = actors.at(key);
  const all = registration ? [registration, ...actors.childrenOf(registration)] : [];
  const said = all
    .flatMap((actor) => actor.steps.flatMap((step) => saidIn(actor, step)))
    .sort((a, b) => a.at - b.at);
  return { length: said.length, at: (place) => said[place], placeOf: () => said.length - 1 };
}
