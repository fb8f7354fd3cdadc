/**
 * The protocol's connection counters (docs/protocol.md, "Connection counters"), by their
 * names there, as a pure function of transitions.
 */
import type { DisconnectReason, Failure } from "./failure.js";
import type { RegistrationView } from "./registration-view.js";

/** A registration's connection counters, by the protocol's names. */
export interface Counters {
  /** Tries to connect again. */
  readonly reconnection_attempts: number;
  /** The wait at hand, in ms; 0 = none. */
  readonly current_backoff_ms: number;
  /** Streams that ended after they had been accepted. */
  readonly total_disconnects: number;
  /** Streams accepted after the first. */
  readonly successful_reconnects: number;
  /** Wall clock in ms; 0 = never. */
  readonly last_connected_at_ms: number;
  /** Wall clock in ms; 0 = never. */
  readonly last_disconnected_at_ms: number;
  /** Why the last accepted stream ended; null = none has. */
  readonly last_disconnect_reason: DisconnectReason | null;
}

/** The counters of a registration just added. */
export const noCounters: Counters = {
  reconnection_attempts: 0,
  current_backoff_ms: 0,
  total_disconnects: 0,
  successful_reconnects: 0,
  last_connected_at_ms: 0,
  last_disconnected_at_ms: 0,
  last_disconnect_reason: null,
};

/**
 * The reason string for the end of a registered stream (docs/protocol.md, "Disconnect reasons").
 *
 * @example
 * ```ts
 * import { disconnectReason, failureOf } from "mooring/machines";
 *
 * console.log(disconnectReason(failureOf("register-refused"), false)); // stream-error
 * ```
 */
export function disconnectReason(failure: Failure | null, stoppedOnPurpose: boolean): DisconnectReason {
  if (stoppedOnPurpose || failure === null) return "shutdown";
  switch (failure.cause) {
    case "server-closed":
    case "approval-rejected":
    case "peer-draining":
    case "should-reconnect":
      return "server-closed";
    case "heartbeat-timeout":
      return "heartbeat-timeout";
    case "outbound-closed":
      return "outbound-closed";
    default:
      return "stream-error";
  }
}

function disconnected(counters: Counters, next: RegistrationView, at: number): Counters {
  const onPurpose = next.stopReason !== null && next.stopReason !== "failed";
  return {
    ...counters,
    total_disconnects: counters.total_disconnects + 1,
    last_disconnected_at_ms: at,
    last_disconnect_reason: disconnectReason(next.failure, onPurpose),
  };
}

function connected(counters: Counters, onFreshStream: boolean, at: number): Counters {
  const again = onFreshStream && counters.last_connected_at_ms > 0;
  return {
    ...counters,
    current_backoff_ms: 0,
    successful_reconnects: counters.successful_reconnects + (again ? 1 : 0),
    last_connected_at_ms: at,
  };
}

/**
 * The counters after a step from `before` (null: just added) to `next`; `at` is the wall clock in ms.
 *
 * @example
 * ```ts
 * import { countTransition, noCounters, type RegistrationView } from "mooring/machines";
 *
 * export const firstCounters = (view: RegistrationView) => countTransition(noCounters, null, view, Date.now());
 * ```
 */
export function countTransition(
  counters: Counters,
  before: RegistrationView | null,
  next: RegistrationView,
  at: number,
): Counters {
  const accepted = next.accepted > (before?.accepted ?? 0);
  const registered = before?.registered ?? false;
  let after = accepted ? connected(counters, !registered, at) : counters;
  // Accepted and lost may fall into one step.
  const wasRegistered = registered || accepted;
  if (wasRegistered && !next.registered) after = disconnected(after, next, at);
  const entersBackoff = next.state === "backoff" && before?.state !== "backoff";
  if (entersBackoff || (wasRegistered && next.state === "connecting")) {
    after = {
      ...after,
      reconnection_attempts: after.reconnection_attempts + 1,
      current_backoff_ms: next.backoffMs,
    };
  }
  return after;
}
