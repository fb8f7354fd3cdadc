/** The parts of a request's way, and how long each took. */
import type { RequestSpan } from "../../src/inspect/request-messages.js";

export type PhaseName = "queued" | "handler" | "outbox" | "confirmed";

export interface Phase {
  readonly name: PhaseName;
  readonly label: string;
  readonly says: string;
  readonly from: (span: RequestSpan) => number | null;
  readonly to: (span: RequestSpan) => number | null;
}

export const phases: readonly Phase[] = [
  {
    name: "queued",
    label: "Queued",
    says: "waits for a slot",
    from: ({ receivedAt }) => receivedAt,
    to: ({ beganAt, answeredAt }) => beganAt ?? answeredAt,
  },
  {
    name: "handler",
    label: "Handler",
    says: "its handler runs, and its result is encoded",
    from: ({ beganAt }) => beganAt,
    to: ({ beganAt, answeredAt }) => (beganAt === null ? null : answeredAt),
  },
  {
    name: "outbox",
    label: "Outbox",
    says: "its answer waits until a stream takes it",
    from: ({ answeredAt }) => answeredAt,
    to: ({ sentAt }) => sentAt,
  },
  {
    name: "confirmed",
    label: "Confirmed",
    says: "until the gateway has confirmed the answer, with the next answer to a heartbeat",
    from: ({ sentAt }) => sentAt,
    to: ({ confirmedAt }) => confirmedAt,
  },
];

/** In ms; undefined for a part that it did not come to, or has not left. */
export function lengthOf(phase: Phase, span: RequestSpan): number | undefined {
  const [from, to] = [phase.from(span), phase.to(span)];
  return from === null || to === null ? undefined : Math.max(0, to - from);
}

/** From receipt to the moment the answer was handed over, or made; what the caller waits for. */
export const totalOf = ({ receivedAt, answeredAt, sentAt }: RequestSpan): number =>
  Math.max(0, (sentAt ?? answeredAt) - receivedAt);

export interface Percentiles {
  readonly phase: Phase;
  /** How many have that part behind them. */
  readonly count: number;
  /** The median, and below what 95 and 99 of 100 are; undefined when there is none. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

const at = (sorted: readonly number[], part: number): number | undefined =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];

/** Of those that were drawn: the slow and the failed are all here, and would count too much. */
export function percentilesOf(spans: readonly RequestSpan[]): readonly Percentiles[] {
  const drawn = spans.filter(({ isSampled }) => isSampled);
  return phases.map((phase) => {
    const sorted = drawn
      .map((span) => lengthOf(phase, span))
      .filter((ms) => ms !== undefined)
      .sort((a, b) => a - b);
    return {
      phase,
      count: sorted.length,
      p50: at(sorted, 0.5),
      p95: at(sorted, 0.95),
      p99: at(sorted, 0.99),
    };
  });
}
