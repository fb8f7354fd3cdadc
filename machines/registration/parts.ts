/**
 * The named parts of the registration machine: ports, actions, guards and delays. The chart in
 * `../registration.ts` is built from them and reads as prose.
 */
import {
  and,
  assign,
  cancel,
  emit,
  enqueueActions,
  not,
  raise,
  sendTo,
  setup,
  stateIn,
  stopChild,
} from "xstate";
import { backoffDelay, timerMs, withHint } from "../backoff.js";
import type { CredentialsInput } from "../credentials/types.js";
import { credentialsMachine } from "../credentials.js";
import type { Failure } from "../failure.js";
import { livenessMachine } from "../liveness.js";
import {
  type ApprovalStatus,
  type CredentialSource,
  type OpenedStream,
  type OpenOutcome,
  registrationPorts,
  type StreamEvent,
} from "../ports.js";
import { registrationDelays } from "./delays.js";
import { afterLoss, isSteady, rejectedTwice, waitsRefused } from "./losses.js";
import type { StateMeta, StateTag } from "./state-meta.js";
import {
  type NoteCode,
  type RegistrationContext,
  type RegistrationEmitted,
  type RegistrationEvent,
  type RegistrationInput,
  type RegistrationOutput,
  type StopReason,
  unchanged,
} from "./types.js";

/** At most so many messages are held before the register answer; a well-behaved gateway sends two. */
const heldLimit = 16;

/** A one-time token that was consumed leads to a fresh register so many times. */
const freshRegisterLimit = 2;

const isWireEvent = (type: string): boolean => type.startsWith("stream.");

/** Said by a stream just before its end, and heard when the next try had begun. */
const isOfEarlierStream = (context: RegistrationContext, event: { type: string }): boolean =>
  "streamAttempt" in event && event.streamAttempt !== context.streamAttempt;

const hasStatus = (event: RegistrationEvent, status: ApprovalStatus): boolean =>
  "status" in event && event.status === status;

/** Credentials that the gateway issues count only when they name this registration, or nobody. */
const isOfferForUs = (context: RegistrationContext, event: RegistrationEvent): boolean =>
  event.type === "stream.credentialsIssued" &&
  event.offerId !== null &&
  event.addressee !== "other" &&
  // An operator's key is not given up for credentials that would rank below it.
  context.credentialSource !== "mounted-key";

const isSigning = (source: CredentialSource | null): boolean =>
  source === "mounted-key" || source === "saved" || source === "one-time-token";

const aboutCredentials = (failure: Failure | null): boolean =>
  failure?.cause === "credentials-unavailable" || failure?.cause === "credentials-refused";

/** The part itself where it stands so already: what has not changed takes no room of its own. */
const withValue = <Part extends object, Name extends keyof Part>(
  part: Part,
  name: Name,
  value: Part[Name],
): Part => (part[name] === value ? part : { ...part, [name]: value });

/** The part of `enqueue` that starts and stops children. */
interface ChildStarter {
  stopChild(id: "credentials"): void;
  spawnChild(src: "credentials", options: { id: "credentials"; input: CredentialsInput }): void;
}

/** An id that is spawned again leaks its first actor, so that one is stopped before. */
function startCredentials(
  enqueue: ChildStarter,
  { key, policy, random }: RegistrationContext,
  how: { readonly offerId?: string | null; readonly renew: boolean },
): void {
  enqueue.stopChild("credentials");
  const input = { key, policy, random, offerId: how.offerId ?? null, renew: how.renew };
  enqueue.spawnChild("credentials", { id: "credentials", input });
}

export const registrationParts = setup({
  types: {
    input: {} as RegistrationInput,
    context: {} as RegistrationContext,
    events: {} as RegistrationEvent,
    emitted: {} as RegistrationEmitted,
    output: {} as RegistrationOutput,
    meta: {} as StateMeta,
    tags: {} as StateTag,
    children: {} as {
      opening: "openStream";
      stream: "stream";
      liveness: "liveness";
      credentials: "credentials";
      drain: "work";
      hold: "work";
    },
  },
  actors: { ...registrationPorts, liveness: livenessMachine, credentials: credentialsMachine },
  delays: registrationDelays,
  guards: {
    isDraining: stateIn({ intake: "draining" }),
    /** Handlers still run: what they make of their requests is not there to be handed over yet. */
    isDrainingAtWork: stateIn({ intake: { draining: "working" } }),
    isWorkOver: not(stateIn({ intake: { draining: "working" } })),
    isReconnectOff: ({ context }) => !context.policy.reconnect,
    isRefusedFailure: ({ context }) => waitsRefused(context.failure),
    isRejected: ({ event }) => hasStatus(event, "rejected"),
    isApproved: ({ event }) => hasStatus(event, "approved"),
    isPending: ({ event }) => hasStatus(event, "pending"),
    isOther: ({ event }) => hasStatus(event, "other"),
    isPendingWhileDraining: and(["isPending", "isDraining"]),
    isOk: (_, params: { ok: boolean }) => params.ok,
    isNotAtHand: (_, params: { outcome: OpenOutcome }) =>
      !params.outcome.ok && params.outcome.failure === null,
    /** The last stream was opened with a token that took steps, or what was sent is refused: they come first. */
    needsCredentials: ({ context }) =>
      isSigning(context.credentialSource) || rejectedTwice(context.rejections),
    /** No access token, but a session token may register alone. Whether it is unexpired shows at the opening. */
    mayUseSessionToken: ({ context }) => context.hasSessionToken,
    /** Its last stream was lost a moment ago: perhaps to a successor, which waits for this one by now. */
    mayBeReplaced: not("isSteady"),
    /**
     * Nothing was lost since a stable uptime. A figure and no region: the events that a region needs at each loss and
     * each acceptance take a fifth to two fifths more processor time per reconnect (measured on Node 20).
     */
    isSteady: ({ context }) => isSteady(context),
    /** In `lost`: every other loss has been counted. */
    returnsAtOnce: ({ context }) => context.attempt === 0,
    asksToReconnect: ({ event }) => event.type === "stream.heartbeatAnswered" && event.shouldReconnect,
    asksToReconnectWhileSteady: and(["asksToReconnect", "isSteady"]),
    canStallRegister: ({ context }) => context.registersAgain.stalled === 0,
    isOfferForUs: ({ context, event }) => isOfferForUs(context, event),
    isOfferWhileAnonymous: ({ context, event }) =>
      context.credentialSource === "anonymous" && isOfferForUs(context, event),
    bringsIdentity: ({ context, event }) =>
      event.type === "credentials.ready" &&
      event.source !== "anonymous" &&
      event.source !== context.credentialSource,
    leavesUnconfirmed: ({ event }) => event.type === "work.finished" && event.unconfirmed > 0,
    isConsumed: ({ context }, params: { failure: Failure | null }) =>
      params.failure?.cause === "one-time-token-consumed" &&
      context.policy.reconnect &&
      context.registersAgain.fresh < freshRegisterLimit,
    isFinal: (_, params: { failure: Failure | null }) =>
      params.failure?.cause === "one-time-token-consumed" || params.failure?.cause === "credentials-refused",
    canRetryExchange: ({ context }) => context.exchange.tries < context.policy.exchangeRetries,
  },
  actions: {
    // XState copies the snapshot at each assignment: what a reconnect does in one state is one.
    noteEntry: assign(({ event }) => ({ enteredBy: event.type })),
    beginAttempt: assign(({ context, event }) => ({
      enteredBy: event.type,
      streamAttempt: context.streamAttempt + 1,
      backoffMs: 0,
      held: unchanged.held,
      registersAgain: withValue(context.registersAgain, "stalled", 0),
      exchange: withValue(context.exchange, "offerId", null),
    })),
    keepOpened: assign(({ event }, params: OpenedStream) => ({ enteredBy: event.type, ...params })),
    /** Accepted: counts are cleared, heartbeats begin, and what was held is replayed in the state that follows. */
    accept: enqueueActions(({ context, event, enqueue }) => {
      const hasSessionToken =
        context.hasSessionToken || (event.type === "stream.accepted" && event.hasSessionToken);
      enqueue.assign({
        failure: null,
        accepted: context.accepted + 1,
        rejections: 0,
        hasSessionToken,
        held: unchanged.held,
      });
      enqueue.sendTo("stream", { type: "pulse" });
      for (const held of context.held) enqueue.raise(held);
    }),
    loseLink: assign(({ context, event }, params: { failure: Failure }) => ({
      enteredBy: event.type,
      ...afterLoss(context, params.failure),
    })),
    /** A planned move: counted once, so that the next one before a stable uptime goes through back-off. */
    planMove: assign((_, params: { failure: Failure }) => ({ failure: params.failure })),
    countMove: assign({ attempt: 1 }),
    noteStable: assign(({ context }) => ({ attempt: 0, stableStream: context.streamAttempt })),
    hold: enqueueActions(({ context, event, enqueue }) => {
      if (context.held.length >= heldLimit) enqueue.emit({ type: "note", code: "held-dropped" });
      else enqueue.assign({ held: [...context.held, event as StreamEvent] });
    }),
    armStable: raise({ type: "uptime.stable" }, { delay: "stableUptime", id: "stable" }),
    disarmStable: cancel("stable"),
    countRejection: enqueueActions(({ context, enqueue }, params: { failure: Failure }) => {
      const rejections = context.rejections + 1;
      enqueue.assign({ rejections });
      enqueue.emit({ type: "note", code: "register-again-refused", failure: params.failure });
      if (rejectedTwice(rejections)) startCredentials(enqueue, context, { renew: true });
    }),
    /** A life of credentials for this try; one that is left of the last is over. */
    startCredentials: enqueueActions(({ context, enqueue }) =>
      startCredentials(enqueue, context, {
        offerId: context.exchange.offerId,
        renew: context.exchange.offerId === null && rejectedTwice(context.rejections),
      }),
    ),
    stopCredentials: stopChild("credentials"),
    /** Told while a stream is open: nothing is lost yet, but a person should know. */
    noteCredentials: enqueueActions(({ enqueue }, params: { failure: Failure }) => {
      enqueue.assign({ failure: params.failure });
      enqueue.emit({ type: "note", code: "credentials-failed", failure: params.failure });
    }),
    noteRenewed: enqueueActions(({ context, enqueue }) => {
      if (!aboutCredentials(context.failure)) return;
      enqueue.assign({ failure: null });
      enqueue.emit({ type: "note", code: "credentials-ready" });
    }),
    countStallRegister: assign(({ context: { registersAgain: counted } }) => ({
      registersAgain: { ...counted, stalled: counted.stalled + 1 },
    })),
    countFreshRegister: assign(({ context: { registersAgain: counted } }) => ({
      registersAgain: { ...counted, fresh: counted.fresh + 1 },
    })),
    beginServing: assign(({ context, event }) => ({
      enteredBy: event.type,
      registersAgain: withValue(context.registersAgain, "fresh", 0),
    })),
    takeOffer: assign(({ context, event }) => ({
      exchange: {
        ...context.exchange,
        offerId: event.type === "stream.credentialsIssued" ? event.offerId : null,
        tries: 0,
      },
    })),
    keepExchanged: assign(({ context }, params: { source: CredentialSource }) => ({
      credentialSource: params.source,
      exchange: withValue(context.exchange, "offerId", null),
    })),
    dropOffer: assign(({ context }) => ({ exchange: withValue(context.exchange, "offerId", null) })),
    planExchangeRetry: assign(({ context: { exchange, policy, random } }, params: { failure: Failure }) => {
      const tries = exchange.tries + 1;
      const delay = backoffDelay(policy.backoff, tries, random);
      return { exchange: { ...exchange, tries, delayMs: withHint(delay, params.failure.retryAfterMs) } };
    }),
    noteFailure: assign((_, params: { failure: Failure }) => ({ failure: params.failure })),
    noteExchange: enqueueActions(({ enqueue }, params: { code: NoteCode; failure: Failure }) => {
      enqueue.assign({ failure: params.failure });
      enqueue.emit({ type: "note", ...params });
    }),
    note: emit(({ event }, params: { code: NoteCode; failure?: Failure }) => ({
      type: "note" as const,
      ...params,
      ...(event.type === "stream.approval" && event.detail !== undefined ? { detail: event.detail } : {}),
    })),
    stopBecause: assign((_, params: { reason: StopReason }) => ({ stopReason: params.reason, backoffMs: 0 })),
    tellIntake: raise({ type: "connection.stopped" }),
    /** Lives while an answer is late; an id that is spawned again leaks its first actor. */
    startLiveness: enqueueActions(({ context, enqueue }, params: { sinceAnswerMs: number }) => {
      const { intervalMs, suspectMs, timeoutMs } = context.policy.heartbeat;
      const input = { intervalMs, suspectMs, remainingMs: timeoutMs - params.sinceAnswerMs };
      enqueue.stopChild("liveness");
      enqueue.spawnChild("liveness", { id: "liveness", input });
    }),
    stopLiveness: stopChild("liveness"),
    beat: sendTo("stream", { type: "heartbeat" }),
    register: sendTo("stream", { type: "register" }),
    serve: sendTo("stream", { type: "serve" }),
    finish: sendTo("stream", { type: "finish" }),
    cancelDrainedWork: sendTo("drain", { type: "cancel" }),
    cancelHeldWork: sendTo("hold", { type: "cancel" }),
    armDrain: raise(
      { type: "drain.expired" },
      {
        delay: ({ event }) => (event.type === "drain" ? timerMs(event.deadlineMs) : 0),
        id: "drainDeadline",
      },
    ),
    reportUnexpected: enqueueActions(({ context, event, enqueue }) => {
      const isStale = event.type === "stream.stale";
      const stale = isStale || isOfEarlierStream(context, event);
      const { strays } = context;
      enqueue.assign({
        strays: stale
          ? { ...strays, stale: strays.stale + 1 }
          : { ...strays, unexpected: strays.unexpected + 1 },
      });
      enqueue.emit({
        type: "unexpected",
        event: isStale ? event.event : event.type,
        origin: isWireEvent(event.type) ? "wire" : "own",
        stale,
      });
    }),
  },
});
