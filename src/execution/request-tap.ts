/**
 * Who looks at the requests of one registration. While nobody does there is no tap: the way of a request asks one
 * field for it, and makes and reads nothing. A tap learns ids, names and times; no arguments, results or context.
 */

/** How a request ended on this side. */
export type RequestOutcome = "ok" | "error" | "timeout" | "cancelled" | "refused";

export interface RequestTap {
  /** It waits for a slot. */
  queued(requestId: string): void;
  /** Its answer is made; next it is handed over. `startedAt` is of its handler; undefined: none was begun. */
  answered(
    requestId: string,
    capabilityId: string | undefined,
    startedAt: number | undefined,
    outcome: RequestOutcome,
  ): void;
  /** Its answer was handed to the stream, for the first time or again. */
  sent(requestId: string): void;
  /** The stream is gone: what it carried is sent again on the next one, if it was not confirmed. */
  streamLost(): void;
  /** The gateway has its answer. */
  confirmed(requestId: string): void;
  /** Its answer was given up by the bounds of the outbox. */
  evicted(requestId: string): void;
}

/** A request without an answer. */
export interface OpenRequest {
  readonly requestId: string;
  readonly capabilityId: string | undefined;
  /** When its handler began, on the execution's clock; undefined: it waits. */
  readonly startedAt: number | undefined;
}

/** The requests of a registration, for whoever may look. */
export interface WatchableRequests {
  /** Has a tap told from now on, in place of the one before; undefined: nobody. */
  look(tap: RequestTap | undefined): void;
  /** The oldest requests without an answer, at most so many: those that run, then those that wait. */
  open(most: number): readonly OpenRequest[];
  readonly running: number;
  readonly queued: number;
  readonly unconfirmed: number;
}

/** The requests of all registrations as these are now, by their keys. */
export type RequestSource = () => Iterable<readonly [string, WatchableRequests]>;
