/** The requests that the page was told of: a bounded number of those that have their answer, and those that have not. */
import type { RequestInFlight, RequestSpan, RequestsMessage } from "../../src/inspect/request-messages.js";

const kept = 2_000;

export interface RequestFilter {
  /** Parts of the registration's name. */
  readonly registration: string;
  /** Empty: any. */
  readonly tool: string;
  readonly outcome: "any" | "slow" | "failed";
}

export const anyRequest: RequestFilter = { registration: "", tool: "", outcome: "any" };

export type SpanOrder = "newest" | "slowest";

/** As the runtime counts it: `slowMs` of its limits. */
const slowFromMs = 500;

interface Sought {
  readonly registration: string;
  readonly tool: string;
}

const isSought = ({ registration, tool }: Sought, filter: RequestFilter): boolean =>
  (filter.tool === "" || tool === filter.tool) &&
  registration.toLowerCase().includes(filter.registration.trim().toLowerCase());

const hasOutcome = (span: RequestSpan, outcome: RequestFilter["outcome"]): boolean =>
  outcome === "any" ||
  (outcome === "failed" ? span.outcome !== "ok" : span.answeredAt - span.receivedAt >= slowFromMs);

export class Spans {
  readonly #spans = new Map<number, RequestSpan>();
  inFlight: readonly RequestInFlight[] = [];
  totals: RequestsMessage["totals"] = { running: 0, queued: 0, unconfirmed: 0 };
  leftOut = 0;

  get size(): number {
    return this.#spans.size;
  }

  clear(): void {
    this.#spans.clear();
    this.inFlight = [];
  }

  take({ spans, inFlight, totals, leftOut }: RequestsMessage): void {
    for (const span of spans) this.#spans.set(span.number, span);
    for (const number of this.#spans.keys()) {
      if (this.#spans.size <= kept) break;
      this.#spans.delete(number);
    }
    Object.assign(this, { inFlight, totals, leftOut });
  }

  at(number: number | undefined): RequestSpan | undefined {
    return number === undefined ? undefined : this.#spans.get(number);
  }

  listed(filter: RequestFilter, order: SpanOrder): readonly RequestSpan[] {
    const found = [...this.#spans.values()].filter(
      (span) => isSought(span, filter) && hasOutcome(span, filter.outcome),
    );
    const time = (span: RequestSpan) => span.answeredAt - span.receivedAt;
    return order === "newest"
      ? found.sort((a, b) => b.number - a.number)
      : found.sort((a, b) => time(b) - time(a) || b.number - a.number);
  }

  open(filter: RequestFilter): readonly RequestInFlight[] {
    return this.inFlight.filter((one) => isSought(one, filter));
  }

  /** Of those that are here. */
  tools(): readonly string[] {
    const seen = [...this.#spans.values(), ...this.inFlight].map(({ tool }) => tool);
    return [...new Set(seen)].filter((tool) => tool !== "").sort();
  }
}
