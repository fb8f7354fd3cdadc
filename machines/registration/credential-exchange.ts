/** `credentialExchange`: a one-time token becomes credentials, while the stream goes on serving. */
import { type Failure, failureOf } from "../failure.js";
import { registrationParts } from "./parts.js";
import { notServing } from "./state-meta.js";

const lost = "#registration.connection.lost" as const;
/** A token was spent in vain: without a new one, the stall timer of `approved` leads to a fresh register. */
const approved = "#registration.connection.linked.streaming.pendingApproval.approved" as const;

/** The offer is given up; when it has become credentials, their token is still asked for, at the pace of a back-off. */
const withoutOffer = ["dropOffer", "startCredentials"] as const;

/** One more try on this stream, or back to waiting for a person when they are spent. */
const retryOrGiveUp = (failure: Failure) =>
  [
    {
      guard: "canRetryExchange",
      target: "waiting",
      actions: [
        "stopCredentials",
        { type: "planExchangeRetry", params: { failure } },
        { type: "noteExchange", params: { code: "exchange-failed", failure } },
      ],
    },
    {
      target: approved,
      actions: [...withoutOffer, { type: "noteExchange", params: { code: "exchange-spent", failure } }],
    },
  ] as const;

export const credentialExchange = registrationParts.createStateConfig({
  description: "one-time token → key registered → access token, while the stream goes on serving",
  tags: ["registered", "joining"],
  entry: "noteEntry",
  initial: "exchanging",
  states: {
    exchanging: {
      description: "the exchange runs",
      meta: {
        standing: "credentialExchange",
        meaning: notServing,
        next: { what: "swaps the one-time token for credentials", after: null },
      },
      entry: "startCredentials",
      on: {
        "credentials.ready": {
          target: "#registration.connection.linked.awaitingRegister.again",
          actions: { type: "keepExchanged", params: ({ event }) => ({ source: event.source }) },
        },
        "credentials.failed": [
          // The token is gone: a fresh register makes the gateway issue another.
          {
            guard: { type: "isConsumed", params: ({ event }) => ({ failure: event.failure }) },
            target: "#registration.connection.connecting",
            actions: [
              "stopCredentials",
              "countFreshRegister",
              { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
            ],
          },
          {
            guard: { type: "isFinal", params: ({ event }) => ({ failure: event.failure }) },
            target: lost,
            actions: { type: "loseLink", params: ({ event }) => ({ failure: event.failure }) },
          },
          {
            guard: "canRetryExchange",
            target: "waiting",
            actions: [
              "stopCredentials",
              { type: "planExchangeRetry", params: ({ event }) => ({ failure: event.failure }) },
              {
                type: "noteExchange",
                params: ({ event }) => ({ code: "exchange-failed", failure: event.failure }),
              },
            ],
          },
          {
            target: approved,
            actions: [
              ...withoutOffer,
              {
                type: "noteExchange",
                params: ({ event }) => ({ code: "exchange-spent", failure: event.failure }),
              },
            ],
          },
        ],
        "xstate.error.actor.credentials": retryOrGiveUp(failureOf("internal")),
      },
      after: { exchangeDeadline: retryOrGiveUp(failureOf("credentials-exchange-failed")) },
    },
    waiting: {
      description: "before the next try",
      meta: {
        standing: "credentialExchange",
        meaning: notServing,
        next: { what: "tries the credential exchange again", after: "exchangeDelay" },
      },
      after: { exchangeDelay: "exchanging" },
    },
  },
  on: {
    "stream.approval": [
      {
        guard: "isCurrentRejection",
        target: lost,
        actions: { type: "loseLink", params: { failure: failureOf("approval-rejected") } },
      },
      { guard: "isCurrent" },
    ],
    "stream.credentialsIssued": {
      guard: "isCurrent",
      actions: { type: "note", params: { code: "credentials-ignored" } },
    },
    "stream.goaway": { guard: "isCurrent", actions: { type: "note", params: { code: "goaway-later" } } },
    drain: {
      target: "#registration.connection.linked.streaming.draining",
      actions: "stopCredentials",
    },
  },
});
