/** The types of the registration machine: context, events, what it emits and how it ends. */
import type { Failure } from "../failure.js";
import type { RegistrationPolicy } from "../policy.js";
import type { CredentialSource, CredentialsEvent, StreamEvent, WorkEvent } from "../ports.js";

/** Why a registration has stopped: with its runtime, by its owner, or because reconnect is off and it failed. */
export type StopReason = "shutdown" | "paused" | "removed" | "failed";

/** What a registration machine starts with. */
export interface RegistrationInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The numbers it lives by. */
  readonly policy: RegistrationPolicy;
  /** Jitter, in [0, 1). */
  readonly random: () => number;
  /** The number of the last try of an earlier life of this registration, so that numbers are never reused. */
  readonly streamAttempt?: number;
}

/** Register requests on a stream that had been accepted before. */
interface RegistersAgain {
  /** After a consumed one-time token, since the registration last served. */
  readonly fresh: number;
  /** Because an approval brought no credentials, on this stream. */
  readonly stalled: number;
}

interface ExchangeProgress {
  /** The offer being exchanged, by its opaque id. */
  readonly offerId: string | null;
  /** Failed tries with this offer. */
  readonly tries: number;
  /** Before the next try. */
  readonly delayMs: number;
}

/** Events that their state did not take. */
interface StrayEvents {
  readonly unexpected: number;
  /** Of a stream that had been given up. */
  readonly stale: number;
}

/** How a registration begins. One object for all: what has not changed takes no room in each of ten thousand. */
export const unchanged = {
  registersAgain: Object.freeze<RegistersAgain>({ fresh: 0, stalled: 0 }),
  exchange: Object.freeze<ExchangeProgress>({ offerId: null, tries: 0, delayMs: 0 }),
  held: Object.freeze<StreamEvent[]>([]),
  strays: Object.freeze<StrayEvents>({ unexpected: 0, stale: 0 }),
} as const;

/**
 * At most 19 properties: XState copies the context at each assignment, and V8 keeps such a copy with 20 or more
 * as a dictionary of 1.6 KB (measured on Node 20 and 26) instead of 0.2 KB, for as long as the registration lives.
 */
export interface RegistrationContext {
  readonly key: string;
  readonly policy: RegistrationPolicy;
  readonly random: () => number;
  /** Number of the current try to open a stream. */
  readonly streamAttempt: number;
  /** The open session, by its opaque name. */
  readonly handle: string;
  /** Lost links since the last stable uptime: the exponent of the back-off. */
  readonly attempt: number;
  /** Number of the last try whose stream stayed up for a stable uptime; 0: none has. */
  readonly stableStream: number;
  /** The delay chosen for the current back-off, in ms; 0 otherwise. */
  readonly backoffMs: number;
  /** Accepted register requests so far. */
  readonly accepted: number;
  /** Rejections in a row. */
  readonly rejections: number;
  readonly registersAgain: RegistersAgain;
  readonly exchange: ExchangeProgress;
  /** Approval and credential messages that came before the register answer. */
  readonly held: readonly StreamEvent[];
  /** The type of the event that led into the current state. */
  readonly enteredBy: string;
  /** Why the last step failed; null once accepted. */
  readonly failure: Failure | null;
  readonly stopReason: StopReason | null;
  readonly credentialSource: CredentialSource | null;
  readonly hasSessionToken: boolean;
  readonly strays: StrayEvents;
}

/** What may be sent to a registration from outside. */
export type RegistrationCommandEvent =
  /** Take no new work and stop when what runs is done, or after `deadlineMs`. */
  | { readonly type: "drain"; readonly deadlineMs: number }
  /** Stop now. */
  | { readonly type: "stop"; readonly reason: StopReason }
  /** Leave back-off at once. */
  | { readonly type: "retry.now" }
  /** Abort running handlers; effective while draining or moving. */
  | { readonly type: "work.cancel" };

type InternalEvent =
  | { readonly type: "liveness.beat" }
  | { readonly type: "liveness.deaf" }
  | { readonly type: "uptime.stable" }
  | { readonly type: "drain.expired" }
  | { readonly type: "connection.stopped" }
  /** The credentials have nothing more to do, or have failed as a machine. */
  | { readonly type: "xstate.done.actor.credentials" }
  | { readonly type: "xstate.error.actor.credentials"; readonly error: unknown };

/** Every event that a registration takes. */
export type RegistrationEvent =
  | RegistrationCommandEvent
  | StreamEvent
  | WorkEvent
  | CredentialsEvent
  | InternalEvent;

/** Things worth a line in the journal that are no transitions. */
export type NoteCode =
  | "approval-approved"
  | "approval-pending"
  | "approval-other"
  | "approval-rejected"
  | "approval-stalled"
  | "held-dropped"
  | "credentials-ignored"
  | "credentials-retrying"
  | "credentials-failed"
  | "credentials-ready"
  | "exchange-failed"
  | "exchange-spent"
  | "register-again-refused"
  | "register-again-late"
  | "peer-draining-later"
  | "work-port-failed";

/** What a registration emits beside its transitions. */
export type RegistrationEmitted =
  /** A line for the journal. */
  | {
      readonly type: "note";
      readonly code: NoteCode;
      readonly failure?: Failure;
      /** What the gateway says of it. */
      readonly detail?: string;
    }
  /** An event that its state does not take. From the wire it is data; one of our own is a bug. */
  | {
      readonly type: "unexpected";
      readonly event: string;
      readonly origin: "own" | "wire";
      readonly stale: boolean;
    };

/** How a registration ended. */
export interface RegistrationOutput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** Why it has stopped. */
  readonly reason: StopReason;
  /** The last failure; null when there was none. */
  readonly failure: Failure | null;
  /** Number of its last try to open a stream. */
  readonly streamAttempt: number;
}
