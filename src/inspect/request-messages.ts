/** What a viewer of requests is told: when they came and went, never what was in them. */

/** How a request ended: as the execution says, and `evicted`, when its answer was given up unconfirmed. */
export type SpanOutcome = "ok" | "error" | "timeout" | "cancelled" | "refused" | "evicted";

/** One request that has its answer. Times are of the wall clock, in ms with fractions; null: not yet, or never. */
export interface RequestSpan {
  /** Of this span, in one stream of messages; a later one of the same number stands in its place. */
  readonly number: number;
  readonly registration: string;
  /** What the gateway called it; shortened, and without what is no plain letter. */
  readonly requestId: string;
  /** The capability or tool, in the same form; empty when none was named. */
  readonly tool: string;
  /** Of one that waited when somebody began to look, this is when its handler began. */
  readonly receivedAt: number;
  /** When its handler began; null when none did. */
  readonly beganAt: number | null;
  readonly answeredAt: number;
  /** When the answer was handed to the stream that carries it. */
  readonly sentAt: number | null;
  readonly confirmedAt: number | null;
  /** How often it was handed over: more than once when streams were lost before the confirmation. */
  readonly sent: number;
  readonly outcome: SpanOutcome;
  /** It was drawn for the sample; the others are here because they were slow or failed. */
  readonly isSampled: boolean;
}

/** A request without an answer. */
export interface RequestInFlight {
  readonly registration: string;
  readonly requestId: string;
  readonly tool: string;
  /** Null when it waited already when somebody began to look. */
  readonly receivedAt: number | null;
  /** Null while it waits for a slot. */
  readonly beganAt: number | null;
}

/** So much is under way in all. */
export interface RequestTotals {
  readonly running: number;
  readonly queued: number;
  readonly unconfirmed: number;
}

/** Twice a second while somebody looks. */
export interface RequestsMessage {
  readonly what: "requests";
  /** Now, by the clock of the runtime. */
  readonly at: number;
  /** New ones, and those that came further. */
  readonly spans: readonly RequestSpan[];
  /** All that are shown now, the oldest first. */
  readonly inFlight: readonly RequestInFlight[];
  readonly totals: RequestTotals;
  /** Slow and failed ones since somebody looks that were too many to be kept. */
  readonly leftOut: number;
}
