/** Listens to the requests of one registration, and makes spans of those that are drawn, slow, or failed. */
import type { RequestOutcome, RequestTap } from "../../../execution/request-tap.js";
import type { RequestInFlight, RequestSpan, SpanOutcome } from "../../request-messages.js";
import { mostUnconfirmed, sampledAtOnce, sampledEachSecond, slowMs } from "./limits.js";
import { shownWord } from "./shown-word.js";

/** A span as it grows. */
export type GrowingSpan = { -readonly [Field in keyof RequestSpan]: RequestSpan[Field] };

/** Where spans go, and what all registrations together may take. */
export interface SpanKeeper {
  /** Monotonic, in ms. */
  now(): number;
  /** What such a time is on the wall clock. */
  wall(at: number): number;
  /** Whether one more may be drawn. */
  maySample(now: number): boolean;
  /** Whether one more may be kept because it was slow or failed; counts those that may not. */
  mayNote(now: number): boolean;
  nextNumber(): number;
  /** A new one. */
  keep(span: GrowingSpan): void;
  /** One that came further. */
  changed(span: GrowingSpan): void;
}

export class RegistrationTap implements RequestTap {
  readonly #registration: string;
  readonly #keeper: SpanKeeper;
  /** When those that wait, and those that have waited, came. */
  readonly #receivedAt = new Map<string, number>();
  /** Spans that may come further, by the request's id. */
  readonly #growing = new Map<string, GrowingSpan>();
  /** What may be drawn now, as of then. */
  #toDraw = sampledAtOnce;
  #toDrawAt = Number.NEGATIVE_INFINITY;

  constructor(registration: string, keeper: SpanKeeper) {
    this.#registration = registration;
    this.#keeper = keeper;
  }

  queued(requestId: string): void {
    this.#receivedAt.set(requestId, this.#keeper.now());
  }

  answered(
    requestId: string,
    capabilityId: string | undefined,
    startedAt: number | undefined,
    outcome: RequestOutcome,
  ): void {
    const keeper = this.#keeper;
    const now = keeper.now();
    const queuedAt = this.#receivedAt.get(requestId);
    if (queuedAt !== undefined) this.#receivedAt.delete(requestId);
    const receivedAt = queuedAt ?? startedAt ?? now;
    const isSampled = this.#isDrawn(now);
    if (!isSampled && ((outcome === "ok" && now - receivedAt < slowMs) || !keeper.mayNote(now))) return;
    const span: GrowingSpan = {
      number: keeper.nextNumber(),
      registration: this.#registration,
      requestId: shownWord(requestId),
      tool: shownWord(capabilityId ?? ""),
      receivedAt: keeper.wall(receivedAt),
      beganAt: startedAt === undefined ? null : keeper.wall(startedAt),
      answeredAt: keeper.wall(now),
      sentAt: null,
      confirmedAt: null,
      sent: 0,
      outcome,
      isSampled,
    };
    this.#grow(requestId, span);
    keeper.keep(span);
  }

  sent(requestId: string): void {
    const span = this.#growing.get(requestId);
    // An answer that is repeated is on its way already.
    if (!span || span.sentAt !== null) return;
    span.sentAt = this.#wallNow();
    span.sent += 1;
    this.#keeper.changed(span);
  }

  streamLost(): void {
    for (const span of this.#growing.values()) {
      if (span.sentAt === null) continue;
      span.sentAt = null;
      this.#keeper.changed(span);
    }
  }

  confirmed(requestId: string): void {
    const span = this.#growing.get(requestId);
    if (!span) return;
    span.confirmedAt = this.#wallNow();
    this.#growing.delete(requestId);
    this.#keeper.changed(span);
  }

  evicted(requestId: string): void {
    const span = this.#growing.get(requestId);
    if (!span) return;
    span.outcome = "evicted" satisfies SpanOutcome;
    this.#growing.delete(requestId);
    this.#keeper.changed(span);
  }

  /** A request without an answer, as it is shown. */
  inFlight(
    requestId: string,
    capabilityId: string | undefined,
    startedAt: number | undefined,
  ): RequestInFlight {
    const receivedAt = this.#receivedAt.get(requestId) ?? startedAt;
    const wall = (at: number | undefined) => (at === undefined ? null : this.#keeper.wall(at));
    return {
      registration: this.#registration,
      requestId: shownWord(requestId),
      tool: shownWord(capabilityId ?? ""),
      receivedAt: wall(receivedAt),
      beganAt: wall(startedAt),
    };
  }

  #isDrawn(now: number): boolean {
    const more = ((now - this.#toDrawAt) * sampledEachSecond) / 1_000;
    this.#toDraw = Math.min(sampledAtOnce, this.#toDraw + more);
    this.#toDrawAt = now;
    if (this.#toDraw < 1 || !this.#keeper.maySample(now)) return false;
    this.#toDraw -= 1;
    return true;
  }

  #wallNow(): number {
    return this.#keeper.wall(this.#keeper.now());
  }

  /** The oldest make room: of them it stays unknown whether they were confirmed. */
  #grow(requestId: string, span: GrowingSpan): void {
    if (this.#growing.size >= mostUnconfirmed) {
      const [oldest] = this.#growing.keys();
      if (oldest !== undefined) this.#growing.delete(oldest);
    }
    this.#growing.set(requestId, span);
  }
}
