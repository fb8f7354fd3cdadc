/**
 * What the machines need from the outside, and what they are told: actor inputs, commands, events and
 * outputs, with placeholder logic that fails loudly. The only real logic is in `src/actors`; it enters
 * by `machine.provide(...)`. Tests provide fakes.
 *
 * No value here holds a secret: tokens are named by an opaque id and described by booleans.
 */
import { type CallbackLogicFunction, fromCallback, fromPromise } from "xstate";
import type { Failure } from "./failure.js";
import type { RegistrationPolicy } from "./policy.js";

/** How a step ended; expected failures are values, so a thrown error is always a bug. */
export type Outcome<T> =
  /** It did what it should. */
  | { readonly ok: true; readonly value: T }
  /** It did not. */
  | { readonly ok: false; readonly failure: Failure };

/** Where the token of a register request comes from. docs/credentials.md has the order in which they are tried. */
export type CredentialSource =
  | "explicit"
  | "mounted-key"
  | "saved"
  | "one-time-token"
  | "environment"
  | "session"
  | "anonymous";

/** What the gateway says of the registration in a register response or approval notification. */
export type ApprovalStatus = "unspecified" | "pending" | "approved" | "rejected" | "other";

// ---- opening -------------------------------------------------------------------------------------

/** What `openStream` is asked. */
export interface OpenStreamInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** Number of this try to open a stream, from 1, never reused: tags every event of the stream. */
  readonly streamAttempt: number;
  /** True: open only with tokens that are at hand, without a step. False: the credentials' chart has run before, with or without success. */
  readonly onlyAtHand: boolean;
}

/** How an opening ended. `failure: null` is no fault: run the credentials' chart first, then open again. */
export type OpenOutcome =
  | Outcome<OpenedStream>
  /** Not yet. */
  | { readonly ok: false; readonly failure: null };

/** An open stream: the peer speaks the protocol, a place is held, the register request is written. */
export interface OpenedStream {
  /** Opaque; the `stream` port finds the session by it. */
  readonly handle: string;
  /** Where the token of the register request came from. */
  readonly credentialSource: CredentialSource;
  /** Whether the gateway gave a token for the next register request. */
  readonly hasSessionToken: boolean;
}

// ---- the stream ----------------------------------------------------------------------------------

/** What a `stream` port starts with. */
export interface StreamInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The name that `openStream` gave it. */
  readonly handle: string;
  /** The number that all its events carry. */
  readonly streamAttempt: number;
}

/** Commands a machine gives its stream. */
export type StreamCommand =
  /** Send the register request again on this stream, with what the credentials hold now. */
  | { readonly type: "register" }
  /** The registration is accepted and serves: resend unconfirmed results first, then take work. */
  | { readonly type: "serve" }
  /**
   * The registration is accepted: from now on a heartbeat goes out each interval, and `stream.heartbeatLate` tells
   * when one is not answered in time, which is the deadline of every state that has no other. Idempotent.
   */
  | { readonly type: "pulse" }
  /** Send a heartbeat request now. */
  | { readonly type: "heartbeat" }
  /** No more will be sent: half-close, and report `stream.ended` when the peer has closed too (or at once after 1 s). */
  | { readonly type: "finish" };

/** What a stream tells its machine: control only. Work never comes this way. */
export type StreamEvent =
  /** The register request was accepted. */
  | {
      readonly type: "stream.accepted";
      readonly streamAttempt: number;
      readonly status: ApprovalStatus;
      readonly hasSessionToken: boolean;
    }
  /** An in-band refusal: `register_response{success:false}`. The stream stays open. */
  | { readonly type: "stream.rejected"; readonly streamAttempt: number; readonly failure: Failure }
  /** The gateway says how the approval stands. */
  | {
      readonly type: "stream.approval";
      readonly streamAttempt: number;
      readonly status: ApprovalStatus;
      /** Why, in the gateway's words. */
      readonly detail?: string;
    }
  /** The gateway offers an identity for a one-time token. */
  | {
      readonly type: "stream.credentialsIssued";
      readonly streamAttempt: number;
      /** Where the session deposited the one-time token; null when the message had none. */
      readonly offerId: string | null;
      /** Whether `gateway_id` names this registration (`own`), nobody (`none`) or somebody else (`other`). */
      readonly addressee: "own" | "none" | "other";
    }
  /** A heartbeat was not answered in time; once, until the next answer. */
  | {
      readonly type: "stream.heartbeatLate";
      readonly streamAttempt: number;
      /** Ms since the last answer, or since the acceptance. */
      readonly sinceAnswerMs: number;
    }
  /** An answer that the machine waits for: to a heartbeat that it asked for, after a late one, or one with a request. */
  | {
      readonly type: "stream.heartbeatAnswered";
      readonly streamAttempt: number;
      readonly shouldReconnect: boolean;
    }
  /** The connection under the stream was asked back; the stream itself still works. */
  | { readonly type: "stream.peerDraining"; readonly streamAttempt: number }
  /**
   * The stream is over, whatever the reason. The last event of an attempt. A refusal that the
   * peer itself ended it with before acceptance comes as one `stream.ended` with a failure of kind `rejected`.
   */
  | { readonly type: "stream.ended"; readonly streamAttempt: number; readonly failure: Failure }
  /** `event` of another stream than the one whose port said it. No state takes it; it is counted. Said by the port itself. */
  | { readonly type: "stream.stale"; readonly streamAttempt: number; readonly event: string };

// ---- credentials ---------------------------------------------------------------------------------

/** How one call of a credential step ended; `again`: the same call may end better. */
export type StepOutcome<T> =
  /** It did what it should. */
  | { readonly ok: true; readonly value: T }
  /** It did not. */
  | { readonly ok: false; readonly failure: Failure; readonly again: boolean };

/** What `findCredentials` is asked. */
export interface FindInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The one-time token to use, by its opaque id; null: look for what there is. */
  readonly offerId: string | null;
  /** After two rejections in a row: forget the session token and the access token that was refused first. */
  readonly renew: boolean;
}

/** What there is, and the step that makes a token of it. */
export interface FoundCredentials {
  /** Where they come from. */
  readonly source: CredentialSource;
  /** What makes a token of them: nothing, a registration of the key, or a call of the token server. */
  readonly next: "use" | "registerKey" | "mint";
}

/** What `registerKey` is asked. */
export interface RegisterKeyInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The one-time token to use, by its opaque id; null: the one that was configured. */
  readonly offerId: string | null;
}

/** What `mintToken` is asked. */
export interface MintInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** Ahead of time: a token that is good, but due for renewal, does not do. */
  readonly ahead: boolean;
  /** The client was made a moment ago: a refusal may only mean that it is not known everywhere yet. */
  readonly isNewClient: boolean;
}

/** A token is in memory. Times from now, in ms. */
export interface MintedToken {
  /** When to renew it. */
  readonly renewInMs: number;
  /** How long it is good. */
  readonly freshForMs: number;
}

/** What the credentials tell the registration. */
export type CredentialsEvent =
  /** The next register request has its token; said again after each renewal. */
  | { readonly type: "credentials.ready"; readonly source: CredentialSource }
  /** A step failed and is tried again. */
  | { readonly type: "credentials.retrying"; readonly failure: Failure }
  /** The tries are spent, or more of them are of no use. */
  | { readonly type: "credentials.failed"; readonly failure: Failure };

// ---- work ----------------------------------------------------------------------------------------

/** What a `work` port starts with. */
export interface WorkInput {
  /** `tenant.type.instance`. */
  readonly key: string;
  /**
   * What becomes of requests.
   *
   * - `drain`: new requests are answered "shutting down"; handlers see `draining`.
   * - `hold`: new requests wait for the next stream.
   * Both end when the port is stopped, except that `drain` is for good.
   */
  readonly mode: "drain" | "hold";
}

/** Commands a machine gives its work. */
export type WorkCommand = {
  /** Abort the signal of every running handler and answer for it. */
  readonly type: "cancel";
};

/** What the work tells its machine. */
export type WorkEvent =
  /** No handler runs and nothing waits; results may still be unconfirmed. May be sent again after more work. */
  | { readonly type: "work.finished"; readonly unconfirmed: number }
  /** No handler runs, nothing waits, nothing is unconfirmed. */
  | { readonly type: "work.settled" };

// ---- placeholders --------------------------------------------------------------------------------

/**
 * A machine was started without an implementation of one of its ports.
 *
 * @example
 * ```ts
 * import { supervisorMachine, UnprovidedPortError } from "mooring/machines";
 * import { createActor } from "xstate";
 *
 * const supervisor = createActor(supervisorMachine, { input: { partitionSize: 32 } });
 * supervisor.on("partitions.failed", ({ error }) => console.log(error instanceof UnprovidedPortError)); // true
 * supervisor.start();
 * ```
 */
export class UnprovidedPortError extends Error {
  /** Of the name of the port. */
  constructor(port: string) {
    super(
      `The port "${port}" has no implementation: give one with machine.provide({ actors: { ${port} } }).`,
    );
    this.name = "UnprovidedPortError";
  }
}

const unprovided = (port: string) => (): never => {
  throw new UnprovidedPortError(port);
};

/** The logic of a `stream` port, as `fromCallback` takes it. */
export type StreamLogic = CallbackLogicFunction<StreamCommand, StreamEvent, StreamInput>;
/** The logic of a `work` port, as `fromCallback` takes it. */
export type WorkLogic = CallbackLogicFunction<WorkCommand, WorkEvent, WorkInput>;

/**
 * A `stream` port. Judges, for all states, whether an event is of its stream; so no state has to. XState does the
 * rest: a stopped actor is not heard, and what it said before its end comes before the end of the next opening.
 *
 * @example
 * ```ts
 * import { streamActor } from "mooring/machines";
 *
 * // Accepts every register request at once.
 * export const stream = streamActor(({ input: { streamAttempt }, sendBack }) => {
 *   sendBack({ type: "stream.accepted", streamAttempt, status: "approved", hasSessionToken: false });
 * });
 * ```
 */
export const streamActor = (logic: StreamLogic) =>
  fromCallback<StreamCommand, StreamInput>((port) => {
    const sendBack = (event: StreamEvent) => port.sendBack(ofStream(event, port.input));
    return logic({ ...port, sendBack });
  });

/** The event as the stream's machine is told it: `stream.stale` in place of one of another stream. */
export const ofStream = (
  event: StreamEvent,
  { streamAttempt }: Pick<StreamInput, "streamAttempt">,
): StreamEvent =>
  event.streamAttempt === streamAttempt
    ? event
    : { type: "stream.stale", streamAttempt: event.streamAttempt, event: event.type };

/** Ports of the registration machine. The promise ports get an AbortSignal; what they opened late, they close. */
export const registrationPorts = {
  openStream: fromPromise<OpenOutcome, OpenStreamInput>(unprovided("openStream")),
  stream: streamActor(unprovided("stream")),
  work: fromCallback<WorkCommand, WorkInput>(unprovided("work")),
};

/** Ports of the credentials machine: each call is one step, made once. */
export const credentialPorts = {
  findCredentials: fromPromise<StepOutcome<FoundCredentials>, FindInput>(unprovided("findCredentials")),
  registerKey: fromPromise<StepOutcome<null>, RegisterKeyInput>(unprovided("registerKey")),
  mintToken: fromPromise<StepOutcome<MintedToken>, MintInput>(unprovided("mintToken")),
};

// ---- partitions ----------------------------------------------------------------------------------

/** Where a registration stands, for the supervisor's counts; the three children of `streaming` apart. */
export type Standing =
  | "connecting"
  | "awaitingRegister"
  | "pendingApproval"
  | "serving"
  | "draining"
  | "credentialExchange"
  | "backoff"
  | "stopped"
  | "paused"
  | "parked";

/** Not there until somebody asks for it, and counted as inactive. */
const resting: ReadonlySet<Standing> = new Set<Standing>(["stopped", "paused", "parked"]);

export const isResting = (standing: Standing | null): boolean => standing !== null && resting.has(standing);

/** A registration that is to be hosted. */
export interface RegistrationSpec {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** The numbers it lives by. */
  readonly policy: RegistrationPolicy;
}

/** Commands to one registration. */
export type RegistrationCommand =
  /** Stop it and forget it. */
  | { readonly type: "registration.remove"; readonly key: string }
  /** Stop it until it is resumed. */
  | { readonly type: "registration.pause"; readonly key: string }
  /** Start it when it is paused or parked. */
  | { readonly type: "registration.resume"; readonly key: string }
  /** Stop it and start it afresh. */
  | { readonly type: "registration.restart"; readonly key: string }
  /** Leave back-off at once. */
  | { readonly type: "registration.retryNow"; readonly key: string };

/** Commands to the partitions, together or one registration. */
export type PartitionsCommand =
  /** Host these, in this order. */
  | { readonly type: "registrations.add"; readonly specs: readonly RegistrationSpec[] }
  | RegistrationCommand
  /** Take no new work, and finish what runs. */
  | { readonly type: "drain"; readonly deadlineMs: number }
  /** Abort running handlers. */
  | { readonly type: "cancel" }
  /** Stop every registration now. */
  | { readonly type: "stop" };

/** One registration stands elsewhere than before; null: it was not there, or is there no more. */
export interface Movement {
  /** Where it stood. */
  readonly from: Standing | null;
  /** Where it stands. */
  readonly to: Standing | null;
}

/** What the partitions tell the supervisor: movements as differences, so the work per change is constant. */
export type PartitionsEvent =
  /** Some stand elsewhere now. */
  | { readonly type: "registrations.moved"; readonly movements: readonly Movement[] }
  /** A partition failed, with so many registrations. */
  | { readonly type: "partition.failed"; readonly partition: number; readonly registrations: number };

/** The port of the supervisor: hosts partitions, each an actor system of its own (`src/actors/partitions.ts`). */
export const supervisorPorts = {
  partitions: fromCallback<PartitionsCommand, { readonly partitionSize: number }>(unprovided("partitions")),
};

// ---- worker threads --------------------------------------------------------------------------------

/** Commands to a worker thread. */
export type ThreadCommand =
  | { readonly type: "registration.add"; readonly key: string }
  | RegistrationCommand
  | { readonly type: "drain"; readonly deadlineMs: number }
  /** Stop every registration now, and end. */
  | { readonly type: "stop" };

/** What is known of a worker thread. */
export type ThreadEvent =
  /** It has loaded its module. */
  | { readonly type: "thread.loaded" }
  /** Its event loop does not turn. */
  | { readonly type: "thread.silent" }
  | { readonly type: "thread.answers" }
  /** It is gone, in order: all that it hosted has stopped. */
  | { readonly type: "thread.ended" }
  /** It is gone, and another would be no better: its module cannot be used. */
  | { readonly type: "thread.unusable" }
  /** It is gone. `suspects`: the registrations whose requests were under way; their keys. */
  | { readonly type: "thread.died"; readonly suspects: readonly string[] };

/** The port of a worker: starts a thread, and is over when the thread is gone (`src/workers/worker.ts`). */
export const workerPorts = {
  thread: fromCallback<ThreadCommand, { readonly worker: number }>(unprovided("thread")),
};
