/** The figures of one registration's work: plain numbers, written by the execution, read by reports and statuses. */

import type { RequestDurations } from "../protocol/request-durations.js";
import type { Answer } from "./answers.js";

/** Cumulative, by the names of docs/protocol.md, "Request counters". */
export interface WorkCounters {
  requests_received: number;
  requests_processed: number;
  requests_failed: number;
  bytes_received: number;
  bytes_sent: number;
  /** Milliseconds in handlers, of successful requests. */
  total_duration_ms: number;
  /** Since 1970, in ms; 0 = none yet. */
  last_request_at_ms: number;
  /** Requests answered for handlers that took too long. */
  timeouts: number;
  /** Requests refused because too many were waiting. */
  overloads: number;
  /** Requests that were running or answered already. */
  duplicates: number;
  /** Answers given up by the outbox's bound. */
  evicted: number;
}

export const noWork = (): WorkCounters => ({
  requests_received: 0,
  requests_processed: 0,
  requests_failed: 0,
  bytes_received: 0,
  bytes_sent: 0,
  total_duration_ms: 0,
  last_request_at_ms: 0,
  timeouts: 0,
  overloads: 0,
  duplicates: 0,
  evicted: 0,
});

/** A request has come, with a payload of so many bytes. `at`: since 1970, in ms. */
export function countRequest(counters: WorkCounters, bytes: number, at: number): void {
  counters.requests_received += 1;
  counters.bytes_received += bytes;
  counters.last_request_at_ms = at;
}

interface Counting {
  readonly counters: WorkCounters;
  readonly durations: RequestDurations;
}

/** A request is answered. `ms` counts for successful ones. */
export function countAnswer(
  { counters, durations }: Counting,
  { success, payloadBytes }: Answer,
  ms: number,
): void {
  if (!success) {
    counters.requests_failed += 1;
    return;
  }
  counters.requests_processed += 1;
  counters.total_duration_ms += ms;
  counters.bytes_sent += payloadBytes;
  durations.add(ms);
}

/** What a drain came to. */
export interface WorkReport {
  /** Requests whose handlers came to an end of their own since the drain began. */
  readonly finished: number;
  /** Requests refused or left unanswered since the drain began: somebody else may take them. */
  readonly handedBack: number;
  /** Handlers that were given up. */
  readonly cancelled: number;
  /** Requests whose answers are unconfirmed or that were never answered. */
  readonly lost: readonly string[];
}
