/** All that viewers of requests are told. Listens to the registrations for as long as somebody looks, and not before. */
import type { RequestSource, WatchableRequests } from "../../../execution/request-tap.js";
import type { RequestInFlight, RequestSpan, RequestsMessage, RequestTotals } from "../../request-messages.js";
import { Budget } from "./budget.js";
import {
  mostNotedEachSecond,
  mostOpen,
  mostOpenOfOne,
  mostSampledEachSecond,
  spansKept,
  tickMs,
} from "./limits.js";
import { type GrowingSpan, RegistrationTap, type SpanKeeper } from "./registration-tap.js";

type Listener = (message: RequestsMessage) => void;

interface Looked {
  readonly requests: WatchableRequests;
  readonly tap: RegistrationTap;
}

export class RequestSpans implements SpanKeeper {
  readonly #source: RequestSource;
  readonly now: () => number;
  readonly #listeners = new Set<Listener>();
  readonly #looked = new Map<string, Looked>();
  readonly #changed = new Set<GrowingSpan>();
  #spans: GrowingSpan[] = [];
  #samples = new Budget(mostSampledEachSecond);
  #notes = new Budget(mostNotedEachSecond);
  #leftOut = 0;
  #number = 0;
  #clocksApart = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(source: RequestSource, now: () => number = () => performance.now()) {
    this.#source = source;
    this.now = now;
  }

  /** Tells of what is kept at once, then of what is new. Returns how to leave. */
  watch(listener: Listener): () => void {
    if (this.#listeners.size === 0) this.#begin();
    this.tick();
    this.#listeners.add(listener);
    listener(this.#message(this.#spans));
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** Registrations come and go; whoever looks is told what is new. */
  tick(): void {
    this.#follow();
    const changed = [...this.#changed];
    this.#changed.clear();
    if (this.#listeners.size === 0) return;
    const message = this.#message(changed);
    for (const listener of this.#listeners) listener(message);
  }

  wall(at: number): number {
    return at + this.#clocksApart;
  }

  maySample(now: number): boolean {
    return this.#samples.take(now);
  }

  mayNote(now: number): boolean {
    if (this.#notes.take(now)) return true;
    this.#leftOut += 1;
    return false;
  }

  nextNumber(): number {
    this.#number += 1;
    return this.#number;
  }

  keep(span: GrowingSpan): void {
    this.#spans.push(span);
    // Seldom, so that a span costs no shift of all.
    if (this.#spans.length > 2 * spansKept) this.#spans = this.#spans.slice(-spansKept);
    this.#changed.add(span);
  }

  changed(span: GrowingSpan): void {
    this.#changed.add(span);
  }

  #begin(): void {
    this.#clocksApart = Date.now() - this.now();
    this.#leftOut = 0;
    this.#timer = setInterval(() => this.tick(), tickMs);
    this.#timer.unref();
  }

  #end(): void {
    clearInterval(this.#timer);
    for (const { requests } of this.#looked.values()) requests.look(undefined);
    this.#looked.clear();
    this.#changed.clear();
    this.#spans = [];
  }

  #follow(): void {
    const here = new Map(this.#source());
    for (const [key, { requests }] of this.#looked) {
      if (here.get(key) === requests) continue;
      requests.look(undefined);
      this.#looked.delete(key);
    }
    for (const [key, requests] of here) {
      if (this.#looked.has(key)) continue;
      const tap = new RegistrationTap(key, this);
      requests.look(tap);
      this.#looked.set(key, { requests, tap });
    }
  }

  #message(spans: readonly RequestSpan[]): RequestsMessage {
    return {
      what: "requests",
      at: Date.now(),
      spans: spans.slice(-spansKept),
      inFlight: this.#inFlight(),
      totals: this.#totals(),
      leftOut: this.#leftOut,
    };
  }

  #inFlight(): readonly RequestInFlight[] {
    const busy = [...this.#looked.values()].filter(({ requests }) => requests.running + requests.queued > 0);
    const all = busy.flatMap(({ requests, tap }) =>
      requests
        .open(mostOpenOfOne)
        .map(({ requestId, capabilityId, startedAt }) => tap.inFlight(requestId, capabilityId, startedAt)),
    );
    const oldest = all.sort((a, b) => (a.receivedAt ?? 0) - (b.receivedAt ?? 0));
    return oldest.slice(0, mostOpen);
  }

  #totals(): RequestTotals {
    const totals = { running: 0, queued: 0, unconfirmed: 0 };
    for (const { requests } of this.#looked.values()) {
      totals.running += requests.running;
      totals.queued += requests.queued;
      totals.unconfirmed += requests.unconfirmed;
    }
    return totals;
  }
}
