/** `credentialExchange`: a one-time token becomes credentials, while the stream goes on serving. */
import { type Failure, failureOf } from "../failure.js";
import { registrationParts } from "./parts.js";
import { ignoreOffer, lostByEvent, notePeerDraining, rejectedByPerson } from "./shared-transitions.js";
import { notServing } from "./state-meta.js";

const spent = {
  // Without a new token, the stall timer of `approved` leads to a fresh register.
  target: "#streaming.pendingApproval.approved",
  description: "the tries are spent: the offer is given up",
} as const;

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
      ...spent,
      actions: [...withoutOffer, { type: "noteExchange", params: { code: "exchange-spent", failure } }],
    },
  ] as const;

const exchanging = registrationParts.createStateConfig({
  description: "the exchange runs",
  meta: {
    standing: "credentialExchange",
    meaning: notServing,
    next: { what: "swaps the one-time token for credentials", after: null },
  },
  entry: "startCredentials",
  on: {
    "credentials.ready": {
      target: "#awaitingRegister.again",
      actions: { type: "keepExchanged", params: ({ event }) => ({ source: event.source }) },
    },
    "credentials.failed": [
      {
        guard: { type: "isConsumed", params: ({ event }) => ({ failure: event.failure }) },
        target: "#connecting",
        actions: [
          "stopCredentials",
          "countFreshRegister",
          { type: "noteFailure", params: ({ event }) => ({ failure: event.failure }) },
        ],
        description: "the token is gone: a fresh register makes the gateway issue another",
      },
      {
        guard: { type: "isFinal", params: ({ event }) => ({ failure: event.failure }) },
        ...lostByEvent,
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
        ...spent,
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
});

const waiting = registrationParts.createStateConfig({
  description: "before the next try",
  meta: {
    standing: "credentialExchange",
    meaning: notServing,
    next: { what: "tries the credential exchange again", after: "exchangeDelay" },
  },
  after: { exchangeDelay: "exchanging" },
});

export const credentialExchange = registrationParts.createStateConfig({
  id: "credentialExchange",
  description: "one-time token → key registered → access token, while the stream goes on serving",
  tags: ["registered", "joining"],
  entry: "noteEntry",
  initial: "exchanging",
  states: { exchanging, waiting },
  on: {
    "stream.approval": [rejectedByPerson, {}],
    "stream.credentialsIssued": ignoreOffer,
    "stream.peerDraining": notePeerDraining,
    drain: { target: "#streaming.draining", actions: "stopCredentials" },
  },
});
