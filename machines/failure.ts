/**
 * Why a step failed or a link ended, as plain data. Machines decide by `kind`; people read `cause` and
 * `code`. Nothing here may hold a secret. `detail` has words of our own, and words of a gateway only as
 * `src/protocol/gateway-text.ts` leaves them.
 */

/**
 * What a failure means for the next try.
 *
 * - `transient`: try again with back-off (network, gateway restart, deadline).
 * - `rejected`: the gateway said no to this registration.
 * - `configuration`: it cannot work until someone changes a setting (unknown CA, wrong host name); retried
 *   at the slow pace of `backoff.refused`, because files are read again at each try.
 */
export type FailureKind = "transient" | "rejected" | "configuration";

/** Reason strings of the protocol (docs/protocol.md, "Disconnect reasons"), verbatim, for `last_disconnect_reason`. */
export type DisconnectReason =
  | "shutdown"
  | "server-closed"
  | "stream-error"
  | "heartbeat-timeout"
  | "outbound-closed";

/** The finer cause, Mooring's own vocabulary; one word list for status, journal, logs and docs. */
export type FailureCause =
  | "unreachable" // nobody listens, no route, DNS failure
  | "proxy-failed" // the proxy on the way gave no connection
  | "local-error" // this machine refuses: no file or port left, not allowed
  | "connect-timeout" // the connection was not ready in time
  | "open-timeout" // the stream could not be opened or written in time
  | "register-timeout" // no answer to the register request in time
  | "tls" // certificate or TLS set-up refused by either side
  | "wrong-protocol" // the peer speaks something else (plain HTTP, HTML page, malformed frame)
  | "message-too-large" // above this side's limit or the peer's
  | "peer-draining" // the peer asked for the connection back
  | "should-reconnect" // the gateway asked for a fresh stream
  | "server-closed" // the peer ended the stream in order
  | "connection-lost" // cut, reset or silent, and nobody can say more
  | "refused-by-peer" // the peer finds fault with what it was sent
  | "identity-refused" // the peer does not believe who this is
  | "access-denied" // the peer knows who this is, and does not let it
  | "peer-unavailable" // the peer shuts down or cannot serve now
  | "peer-exhausted" // the peer takes no message of that size, or nothing more for now
  | "peer-error" // the peer ended the stream with another error of its own; `code` names it
  | "register-refused" // register_response{success:false}
  | "approval-rejected" // an administrator said no
  | "approval-stalled" // APPROVED, but no credentials within the limit
  | "heartbeat-timeout" // link fine, stream deaf
  | "credentials-unavailable" // token server or store out of reach, with a saved identity
  | "credentials-refused" // token server refuses this identity
  | "credentials-exchange-failed" // one-time token could not be swapped
  | "one-time-token-consumed" // used or expired; a new one is needed
  | "outbound-closed" // our own sending half failed
  | "threads-blocked" // the threads of its connector answer nothing: their handlers compute without a pause
  | "worker-blocked" // its worker thread does not answer: a handler computes without a pause
  | "worker-died" // its worker thread ended while it ran its requests, or those of others
  | "worker-refused" // no worker thread can host it: what the module exports does not fit
  | "internal"; // a bug of ours or of a handler port; journalled with its code

/** Why a step failed or a stream ended. */
export interface Failure {
  /** What it means for the next try. */
  readonly kind: FailureKind;
  /** What happened. */
  readonly cause: FailureCause;
  /** The peer's own code, or Node's (`ECONNREFUSED`). For people and their searches: no chart decides by it. */
  readonly code?: string;
  /** Safe words for people. */
  readonly detail?: string;
  /** The peer's own hint, in ms: the next try is not made sooner. */
  readonly retryAfterMs?: number;
}

const configurationCauses: ReadonlySet<FailureCause> = new Set<FailureCause>(["tls", "wrong-protocol"]);
const rejectedCauses: ReadonlySet<FailureCause> = new Set<FailureCause>([
  "register-refused",
  "approval-rejected",
  "credentials-refused",
]);

/** Ends of a stream by which a gateway refuses a register request (docs/protocol.md, "Refusals"). */
const refusingEnds: ReadonlySet<FailureCause> = new Set<FailureCause>([
  "refused-by-peer",
  "identity-refused",
]);

/** Whether the gateway has said no to a register request: in a message, or by ending the stream. */
export const refusesRegister = ({ kind, cause }: Failure): boolean =>
  kind === "rejected" && (cause === "register-refused" || refusingEnds.has(cause));

/**
 * Makes a failure and classifies it. The end of a stream counts as a rejection only when it came from the peer
 * before acceptance, which the caller knows: `beforeAcceptance`.
 *
 * @example
 * ```ts
 * import { failureOf } from "mooring/machines";
 *
 * console.log(failureOf("unreachable", { code: "ECONNREFUSED" }).kind); // transient
 * ```
 */
export function failureOf(
  cause: FailureCause,
  facts: { readonly code?: string; readonly detail?: string; readonly retryAfterMs?: number } = {},
  beforeAcceptance = false,
): Failure {
  const kind =
    rejectedCauses.has(cause) || (beforeAcceptance && refusingEnds.has(cause))
      ? "rejected"
      : configurationCauses.has(cause)
        ? "configuration"
        : "transient";
  return { kind, cause, ...facts };
}
