/** The named parts of the credentials machine; the chart in `../credentials.ts` is built from them. */
import { assign, sendParent, setup } from "xstate";
import { backoffDelay, refusedDelay, spread, stepDelay, withHint } from "../backoff.js";
import { type Failure, failureOf } from "../failure.js";
import { credentialPorts, type FoundCredentials, type MintedToken } from "../ports.js";
import { credentialsDelays } from "./delays.js";
import type { CredentialsContext, CredentialsEvents, CredentialsInput, StepParams } from "./types.js";

/** Tries of one step, and the wait before the second, which doubles from try to try. */
const registerTries = 4;
const mintTries = 3;
const stepBaseMs = 500;

/** A peer that asks for a longer pause than this is left to the slower waits between rounds. */
const longestStepDelayMs = 10_000;

/** Shorter-lived tokens are not renewed ahead of time: they are fetched when they are needed. */
const leastRenewalMs = 30_000;

export const failureIn = ({ outcome }: StepParams): Failure =>
  outcome.ok ? failureOf("internal") : outcome.failure;

const bounded = (context: CredentialsContext, { outcome }: StepParams, most: number): boolean =>
  !outcome.ok && context.tries + 1 < most && (outcome.failure.retryAfterMs ?? 0) <= longestStepDelayMs;

const isRefusal = ({ outcome }: StepParams): boolean =>
  !outcome.ok && outcome.failure.cause === "credentials-refused";

/** A client made a moment ago may not be known everywhere yet, so that its refusal is worth another try. */
const mayMintAgain = (context: CredentialsContext, params: StepParams): boolean =>
  !params.outcome.ok &&
  (params.outcome.again || (context.isNewClient && isRefusal(params))) &&
  bounded(context, params, mintTries);

export const credentialsParts = setup({
  types: {
    input: {} as CredentialsInput,
    context: {} as CredentialsContext,
    events: {} as CredentialsEvents,
    children: {} as { find: "findCredentials"; register: "registerKey"; mint: "mintToken" },
  },
  actors: credentialPorts,
  delays: credentialsDelays,
  guards: {
    isUsable: (_, { outcome }: { outcome: { ok: boolean; value?: FoundCredentials } }) =>
      outcome.value?.next === "use",
    needsRegistration: (_, { outcome }: { outcome: { ok: boolean; value?: FoundCredentials } }) =>
      outcome.value?.next === "registerKey",
    isOk: (_, { outcome }: StepParams) => outcome.ok,
    mayRegisterAgain: ({ context }, params: StepParams) =>
      !params.outcome.ok && params.outcome.again && bounded(context, params, registerTries),
    /** A one-time token of the operator's that counts no more: the next source has its turn. */
    isSpent: ({ context }, { outcome }: StepParams) =>
      !outcome.ok && outcome.failure.cause === "one-time-token-consumed" && context.offerId === null,
    mayMintAgain: ({ context }, params: StepParams) => mayMintAgain(context, params),
    isRefused: (_, params: StepParams) => isRefusal(params),
  },
  actions: {
    keepFound: assign((_, params: { found: FoundCredentials | undefined }) => ({
      source: params.found?.source ?? ("anonymous" as const),
      renew: false,
      tries: 0,
    })),
    keepRegistered: assign({ isNewClient: true, tries: 0 }),
    keepMinted: assign(({ context }, params: { minted: MintedToken | undefined }) => {
      const { renewInMs = 0, freshForMs = 0 } = params.minted ?? {};
      return {
        renewInMs: Math.max(leastRenewalMs, spread(renewInMs, freshForMs, context.random)),
        isNewClient: false,
        offerId: null,
        tries: 0,
        rounds: 0,
        failure: null,
      };
    }),
    beginRound: assign({ tries: 0 }),
    planTry: assign(({ context }, params: StepParams) => {
      const failure = failureIn(params);
      const tries = context.tries + 1;
      const delayMs = withHint(stepDelay(stepBaseMs, tries, context.random), failure.retryAfterMs);
      return { tries, delayMs, failure };
    }),
    tellRetrying: sendParent((_, params: StepParams) => ({
      type: "credentials.retrying",
      failure: failureIn(params),
    })),
    giveUp: assign(({ context }, params: { failure: Failure }) => {
      const rounds = context.rounds + 1;
      const { policy, random } = context;
      const delay = backoffDelay(policy.backoff, rounds, random);
      return { failure: params.failure, rounds, delayMs: withHint(delay, params.failure.retryAfterMs) };
    }),
    giveUpRefused: assign(({ context }, params: { failure: Failure }) => {
      const { policy, random } = context;
      const delay = refusedDelay(policy.refusedDelayMs, policy.backoff.jitterMs, random);
      const delayMs = withHint(delay, params.failure.retryAfterMs);
      return { failure: params.failure, rounds: context.rounds + 1, delayMs };
    }),
    tellReady: sendParent(({ context }) => ({ type: "credentials.ready", source: context.source })),
    tellFailed: sendParent(({ context }) => ({
      type: "credentials.failed",
      failure: context.failure ?? failureOf("internal"),
    })),
  },
});
