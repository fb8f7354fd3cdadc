/**
 * How a registration comes by a token, and keeps one: find what there is, register a key for a one-time token,
 * mint, renew ahead of time. Each step is tried a bounded number of times, and only the step that failed is tried
 * again. A child of the registration, which stops it when it is of no more use. No I/O, and no secret: the ports
 * (`ports.ts`) keep the tokens.
 */

import { credentialsParts, failureIn } from "./credentials/parts.js";
import { failureOf } from "./failure.js";
import type { FoundCredentials, StepOutcome } from "./ports.js";

const late = failureOf("credentials-unavailable", {
  code: "TIMEOUT",
  detail: "There was no token within the time limit.",
});
const bug = failureOf("internal");

/** What a call came to, as guards and actions take it. */
const outcomeOf = <T>({ event }: { event: { output: StepOutcome<T> } }) => ({ outcome: event.output });
const failureOfStep = ({ event }: { event: { output: StepOutcome<unknown> } }) => ({
  failure: failureIn({ outcome: event.output }),
});

const keepFound = {
  type: "keepFound",
  params: ({ event: { output } }: { event: { output: StepOutcome<FoundCredentials> } }) => ({
    found: output.ok ? output.value : undefined,
  }),
} as const;

const giveUp = (failure: typeof late) =>
  ({ target: "#credentials.unavailable", actions: { type: "giveUp", params: { failure } } }) as const;

const finding = credentialsParts.createStateConfig({
  description:
    "looks for what there is, in the order of sources; waits for a registration that is on its way",
  entry: "beginRound",
  invoke: {
    src: "findCredentials",
    id: "find",
    input: ({ context: { key, offerId, renew } }) => ({ key, offerId, renew }),
    onDone: [
      {
        guard: { type: "isUsable", params: outcomeOf },
        target: "settled",
        actions: keepFound,
      },
      {
        guard: { type: "needsRegistration", params: outcomeOf },
        target: "registering",
        actions: keepFound,
      },
      {
        guard: { type: "isOk", params: outcomeOf },
        target: "minting",
        actions: keepFound,
      },
      {
        target: "unavailable",
        actions: {
          type: "giveUp",
          params: failureOfStep,
        },
      },
    ],
    onError: giveUp(bug),
  },
  after: { callDeadline: giveUp(late) },
});

const registering = credentialsParts.createStateConfig({
  description: "one-time token and public key → credentials, kept before anything else",
  initial: "calling",
  states: {
    calling: {
      invoke: {
        src: "registerKey",
        id: "register",
        input: ({ context: { key, offerId } }) => ({ key, offerId }),
        onDone: [
          {
            guard: { type: "isOk", params: outcomeOf },
            target: "#credentials.minting",
            actions: "keepRegistered",
          },
          {
            guard: { type: "mayRegisterAgain", params: outcomeOf },
            target: "waiting",
            actions: [
              { type: "planTry", params: outcomeOf },
              { type: "tellRetrying", params: outcomeOf },
            ],
          },
          {
            guard: { type: "isSpent", params: outcomeOf },
            target: "#credentials.finding",
            actions: { type: "tellRetrying", params: outcomeOf },
          },
          {
            target: "#credentials.unavailable",
            actions: {
              type: "giveUp",
              params: failureOfStep,
            },
          },
        ],
        onError: giveUp(bug),
      },
      after: { callDeadline: giveUp(late) },
    },
    waiting: { description: "before the next try", after: { stepDelay: "calling" } },
  },
});

/** A call of the token server; the same in `minting` and in `renewing`. */
const call = (ahead: boolean) =>
  credentialsParts.createStateConfig({
    invoke: {
      src: "mintToken",
      id: "mint",
      input: ({ context: { key, isNewClient } }) => ({ key, ahead, isNewClient }),
      onDone: [
        {
          guard: { type: "isOk", params: outcomeOf },
          target: "#credentials.valid",
          actions: {
            type: "keepMinted",
            params: ({ event: { output } }) => ({ minted: output.ok ? output.value : undefined }),
          },
        },
        {
          guard: { type: "mayMintAgain", params: outcomeOf },
          target: "waiting",
          actions: [
            { type: "planTry", params: outcomeOf },
            { type: "tellRetrying", params: outcomeOf },
          ],
        },
        {
          guard: { type: "isRefused", params: outcomeOf },
          target: "#credentials.refused",
          actions: {
            type: "giveUpRefused",
            params: failureOfStep,
          },
        },
        {
          target: "#credentials.unavailable",
          actions: {
            type: "giveUp",
            params: failureOfStep,
          },
        },
      ],
      onError: giveUp(bug),
    },
    after: { callDeadline: giveUp(late) },
  });

/**
 * How a registration comes by a token and renews it ahead of time.
 *
 * @example
 * ```ts
 * import { credentialsMachine, type FindInput, type FoundCredentials, type StepOutcome } from "mooring/machines";
 * import { fromPromise } from "xstate";
 *
 * const findCredentials = fromPromise<StepOutcome<FoundCredentials>, FindInput>(async () => ({
 *   ok: true,
 *   value: { source: "anonymous", next: "use" },
 * }));
 * export const withoutToken = credentialsMachine.provide({ actors: { findCredentials } });
 * ```
 */
export const credentialsMachine = credentialsParts.createMachine({
  id: "credentials",
  description: "how a registration comes by a token and keeps one",
  context: ({ input }) => ({
    ...input,
    source: "anonymous",
    isNewClient: false,
    tries: 0,
    rounds: 0,
    delayMs: 0,
    renewInMs: 0,
    failure: null,
  }),
  initial: "finding",
  states: {
    finding,
    registering,
    minting: {
      description: "a signed assertion → access token",
      initial: "calling",
      after: { mintBudget: giveUp(late) },
      states: {
        calling: call(false),
        waiting: { description: "before the next try", after: { stepDelay: "calling" } },
      },
    },
    valid: {
      description: "a token is in memory, and is renewed before it ends",
      entry: "tellReady",
      after: { renewal: "renewing" },
    },
    renewing: {
      description: "asks for the next token, or takes the one that another registration of the identity got",
      entry: "beginRound",
      initial: "calling",
      states: {
        calling: call(true),
        waiting: { description: "before the next try", after: { stepDelay: "calling" } },
      },
    },
    unavailable: {
      description: "the tries are spent; begins anew after a back-off, unless the registration does first",
      entry: "tellFailed",
      after: { roundDelay: "finding" },
    },
    refused: {
      description: "the token server says no to this identity; asked again at the slow pace only",
      entry: "tellFailed",
      after: { roundDelay: "finding" },
    },
    settled: {
      description: "nothing to mint and nothing to renew: a given token, or none",
      type: "final",
      entry: "tellReady",
    },
  },
});
