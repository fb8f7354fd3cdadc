/**
 * `streaming`: registered. `pendingApproval` waits for a person, `serving` works, `moving` changes to a fresh
 * stream on request, `draining` finishes for good, `handingOver` does so on a stream opened for that alone. `before`
 * is where a second register request came from.
 */
import { failureOf } from "../failure.js";
import { registrationParts } from "./parts.js";
import {
  askedToMove,
  ignoreOffer,
  lateAnswer,
  noteApproval,
  rejectedByPerson,
  shutDown,
  startingTry,
} from "./shared-transitions.js";
import { notServing, type StateMeta } from "./state-meta.js";

const pendingApproval = registrationParts.createStateConfig({
  description: "registered, waits for an administrator and for the credentials that follow; not ready",
  tags: "joining",
  entry: "noteEntry",
  initial: "waiting",
  states: {
    waiting: {
      description: "nothing decided yet",
      tags: "waitsForPerson",
      meta: {
        standing: "pendingApproval",
        meaning: "registered, waiting for an administrator's approval",
        advice: "approval",
        next: { what: "waits for approval", after: null },
      },
      on: {
        "stream.approval": [
          rejectedByPerson,
          {
            guard: "isApproved",
            target: "approved",
            actions: { type: "note", params: { code: "approval-approved" } },
          },
          { actions: { type: "note", params: { code: "approval-pending" } } },
        ],
      },
    },
    approved: {
      description: "approved, the credentials are still to come",
      meta: {
        standing: "pendingApproval",
        meaning: "approved, waiting for credentials of its own",
        next: { what: "registers afresh unless credentials arrive", after: "approvalStall" },
      },
      after: {
        approvalStall: [
          {
            guard: "canStallRegister",
            target: "#awaitingRegister.again",
            actions: ["countStallRegister", { type: "note", params: { code: "approval-stalled" } }],
            description: "a fresh register makes the gateway issue them, once on a stream",
          },
          { target: "withoutCredentials", actions: { type: "note", params: { code: "approval-stalled" } } },
        ],
      },
      on: { "stream.approval": [rejectedByPerson, ...noteApproval] },
    },
    withoutCredentials: {
      description: "approved, and a fresh register has brought no credentials either",
      tags: "waitsForPerson",
      meta: {
        standing: "pendingApproval",
        meaning: "approved, but the gateway has sent no credentials",
        advice: "credentialsDue",
        next: { what: "waits for credentials", after: null },
      },
      on: { "stream.approval": [rejectedByPerson, ...noteApproval] },
    },
  },
  on: {
    ...lateAnswer,
    ...askedToMove,
    "credentials.ready": [
      {
        guard: "bringsIdentity",
        target: "#awaitingRegister.again",
        actions: { type: "keepExchanged", params: ({ event }) => ({ source: event.source }) },
        description: "nobody has to approve an identity that shows only now: its token server was away",
      },
      { actions: "noteRenewed" },
    ],
    "stream.credentialsIssued": [
      { guard: "isOfferForUs", target: "#credentialExchange", actions: "takeOffer" },
      ignoreOffer,
    ],
    drain: { target: "#stopped", actions: shutDown, description: "it has taken no work" },
  },
});

const serving = registrationParts.createStateConfig({
  description: "registered, approved, takes requests",
  tags: "ready",
  meta: {
    standing: "serving",
    meaning: "registered, approved and taking requests",
    next: { what: "goes on serving", after: null },
  },
  entry: ["beginServing", "serve"],
  on: {
    ...lateAnswer,
    ...askedToMove,
    "stream.approval": [rejectedByPerson, ...noteApproval],
    "stream.credentialsIssued": [
      { guard: "isOfferWhileAnonymous", target: "#credentialExchange", actions: "takeOffer" },
      ignoreOffer,
    ],
    drain: [
      {
        guard: "mayBeReplaced",
        target: "#backoff.finishing",
        description:
          "another process may serve this identity: without a stream here, the gateway keeps new requests for that one",
      },
      { target: "draining" },
    ],
  },
});

const movingMeta = {
  standing: "connecting",
  meaning: notServing,
  next: { what: "changes to a fresh stream", after: "reconnectGrace" },
} as const satisfies StateMeta;

const moving = registrationParts.createStateConfig({
  id: "moving",
  description: "changes to a fresh stream because the gateway asked",
  entry: "noteEntry",
  initial: "quieting",
  invoke: {
    src: "work",
    id: "hold",
    input: ({ context }) => ({ key: context.key, mode: "hold" }),
    onError: {
      target: ".closing",
      actions: { type: "note", params: { code: "work-port-failed", failure: failureOf("internal") } },
    },
  },
  states: {
    quieting: {
      description: "running handlers finish, new requests wait",
      meta: movingMeta,
      after: { reconnectGrace: "closing" },
      on: { "work.finished": "closing", "work.settled": "closing" },
    },
    closing: {
      description: "no more is sent; the peer closes",
      meta: movingMeta,
      entry: "finish",
      after: { finishTimeout: "over" },
    },
    over: {
      description: "passed through: with reconnect off the end of a stream is the end, planned or not",
      always: [
        {
          guard: "isReconnectOff",
          target: "#stopped",
          actions: { type: "stopBecause", params: { reason: "failed" } },
        },
        ...startingTry(["countMove", "stopCredentials"]),
      ],
    },
  },
  on: {
    "stream.ended": ".over",
    "stream.approval": [rejectedByPerson, ...noteApproval],
    "stream.credentialsIssued": ignoreOffer,
    "stream.peerDraining": {},
    "work.cancel": { actions: "cancelHeldWork" },
    drain: "draining",
  },
});

/** How a drain ends on an open stream. */
const lastSteps = <const Meta extends StateMeta>(meta: Meta) =>
  ({
    tags: "draining",
    entry: "noteEntry",
    initial: "quieting",
    states: {
      quieting: {
        description: "the answer to a heartbeat confirms what was handed over before it",
        meta,
        entry: ["serve", "beat"],
        on: {
          "work.finished": [{ guard: "leavesUnconfirmed", actions: "beat" }, {}],
          "work.settled": "closing",
        },
      },
      closing: {
        description: "no more is sent; the peer closes",
        meta,
        entry: "finish",
        after: { finishTimeout: { target: "#stopped", actions: shutDown } },
        on: { "stream.ended": { target: "#stopped", actions: shutDown } },
      },
    },
    on: {
      "stream.accepted": { actions: "accept" },
      "stream.rejected": lateAnswer["stream.rejected"],
      "stream.approval": [
        { guard: "isRejected", actions: { type: "note", params: { code: "approval-rejected" } } },
        ...noteApproval,
      ],
      "stream.credentialsIssued": ignoreOffer,
      "stream.peerDraining": {},
    },
  }) as const;

const draining = registrationParts.createStateConfig({
  description: "finishes for good on the stream it served: no new work, results are confirmed",
  ...lastSteps({
    standing: "draining",
    meaning: "draining: takes no new requests, finishes those it has",
    next: { what: "stops when its work is done", after: null },
  }),
});

/** The gateway takes the identity from whoever serves it by now, so this is as short as it can be. */
const handingOver = registrationParts.createStateConfig({
  description: "draining, on a stream opened to hand results over; its requests are left for the next stream",
  ...lastSteps({
    standing: "draining",
    meaning: "draining: hands its results over on a stream opened for that alone",
    next: { what: "stops when the gateway has confirmed its results", after: null },
    advice: "successor",
  }),
});

export const streaming = registrationParts.createStateConfig({
  id: "streaming",
  description: "registered",
  tags: "registered",
  initial: "serving",
  states: {
    pendingApproval,
    serving,
    moving,
    draining,
    handingOver,
    before: { type: "history", history: "deep" },
  },
});
