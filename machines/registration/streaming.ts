/**
 * `streaming`: registered. `pendingApproval` waits for a person, `serving` works, `moving` changes to a fresh
 * stream on request, `draining` finishes for good, `handingOver` does so on a stream opened for that alone. `before`
 * is where a second register request came from.
 */
import { type Failure, failureOf } from "../failure.js";
import { onAccepted } from "./awaiting-register.js";
import { startingTry } from "./opening.js";
import { registrationParts } from "./parts.js";
import { notServing, type StateMeta } from "./state-meta.js";

const lost = "#registration.connection.lost" as const;
const stopped = "#registration.connection.stopped" as const;
const exchange = "#registration.connection.linked.credentialExchange" as const;
const finishing = "#registration.connection.backoff.finishing" as const;
const again = "#registration.connection.linked.awaitingRegister.again" as const;
const shutDown = { type: "stopBecause", params: { reason: "shutdown" } } as const;

/** A planned move before a stable uptime counts as a loss, so that a gateway that keeps asking is not hammered. */
const onMoveAsked = (cause: "goaway" | "should-reconnect", asked: "isCurrent" | "asksToReconnect") =>
  [
    {
      guard: asked === "isCurrent" ? "isCurrentAndStable" : "asksToReconnectAndStable",
      target: "moving",
      // An answer is an answer, also when it asks for something.
      actions: [
        ...(asked === "asksToReconnect" ? (["feedLiveness"] as const) : []),
        { type: "planMove", params: { failure: failureOf(cause) } },
      ],
    },
    { guard: asked, target: lost, actions: { type: "loseLink", params: { failure: failureOf(cause) } } },
  ] as const;

const onRejectedByPerson = {
  guard: "isCurrentRejection",
  target: lost,
  actions: { type: "loseLink", params: { failure: failureOf("approval-rejected") } },
} as const;

const noteApproval = [
  { guard: "isCurrentApproval", actions: { type: "note", params: { code: "approval-approved" } } },
  { guard: "isCurrent", actions: { type: "note", params: { code: "approval-pending" } } },
] as const;

/** The answer to a second register request that was given up as late still counts. */
const onLateAnswer = {
  "stream.accepted": onAccepted(["accept"]),
  "stream.rejected": {
    guard: "isCurrent",
    actions: { type: "countRejection", params: ({ event }: { event: { failure: Failure } }) => event },
  },
} as const;

const ignoreOffer = {
  guard: "isCurrent",
  actions: { type: "note", params: { code: "credentials-ignored" } },
} as const;

const pendingMeta = {
  standing: "pendingApproval",
  meaning: "registered, waiting for an administrator's approval",
  advice: "approval",
} as const satisfies Partial<StateMeta>;

const pendingApproval = registrationParts.createStateConfig({
  description: "registered, waits for an administrator; not ready",
  tags: ["joining", "waitsForPerson"],
  entry: "noteEntry",
  initial: "waiting",
  states: {
    waiting: {
      description: "nothing decided yet",
      meta: { ...pendingMeta, next: { what: "waits for approval", after: null } },
      on: {
        "stream.approval": [
          onRejectedByPerson,
          {
            guard: "isCurrentApproval",
            target: "approved",
            actions: { type: "note", params: { code: "approval-approved" } },
          },
          { guard: "isCurrent", actions: { type: "note", params: { code: "approval-pending" } } },
        ],
      },
    },
    approved: {
      description: "approved, the credentials are still to come",
      meta: {
        ...pendingMeta,
        next: { what: "registers afresh unless credentials arrive", after: "approvalStall" },
      },
      after: {
        approvalStall: [
          {
            guard: "canStallRegister",
            target: again,
            actions: ["countStallRegister", { type: "note", params: { code: "approval-stalled" } }],
          },
          { target: "waiting", actions: { type: "note", params: { code: "approval-stalled" } } },
        ],
      },
      on: { "stream.approval": [onRejectedByPerson, ...noteApproval] },
    },
  },
  on: {
    ...onLateAnswer,
    // Nobody has to approve an identity that shows only now: its token server was away, for example.
    "credentials.ready": [
      {
        guard: "bringsIdentity",
        target: again,
        actions: { type: "keepExchanged", params: ({ event }) => ({ source: event.source }) },
      },
      { actions: "noteRenewed" },
    ],
    "stream.credentialsIssued": [
      { guard: "isCurrentOfferForUs", target: exchange, actions: "takeOffer" },
      ignoreOffer,
    ],
    "stream.goaway": onMoveAsked("goaway", "isCurrent"),
    "stream.heartbeatAnswered": [
      ...onMoveAsked("should-reconnect", "asksToReconnect"),
      { guard: "isCurrent", actions: "feedLiveness" },
    ],
    drain: { target: stopped, actions: shutDown },
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
    ...onLateAnswer,
    "stream.approval": [onRejectedByPerson, ...noteApproval],
    "stream.credentialsIssued": [
      { guard: "isCurrentOfferWhileAnonymous", target: exchange, actions: "takeOffer" },
      ignoreOffer,
    ],
    "stream.goaway": onMoveAsked("goaway", "isCurrent"),
    "stream.heartbeatAnswered": [
      ...onMoveAsked("should-reconnect", "asksToReconnect"),
      { guard: "isCurrent", actions: "feedLiveness" },
    ],
    // What comes on this stream would be refused: without it, it waits for the successor.
    drain: [{ guard: "mayHaveSuccessor", target: finishing }, { target: "draining" }],
  },
});

/** With reconnect off the end of a stream is the end, planned or not. */
const whenMoved = [
  {
    guard: "isReconnectOff",
    target: stopped,
    actions: { type: "stopBecause", params: { reason: "failed" } },
  },
  ...startingTry(["countMove", "stopCredentials"]),
] as const;

const movingMeta = {
  standing: "connecting",
  meaning: notServing,
  next: { what: "changes to a fresh stream", after: "reconnectGrace" },
} as const satisfies StateMeta;

const moving = registrationParts.createStateConfig({
  description: "changes to a fresh stream because the gateway asked",
  entry: "noteEntry",
  initial: "quieting",
  invoke: {
    src: "work",
    id: "hold",
    input: ({ context }) => ({ key: context.key, mode: "hold" }),
    onError: {
      target: ".finishing",
      actions: { type: "note", params: { code: "work-port-failed", failure: failureOf("internal") } },
    },
  },
  states: {
    quieting: {
      meta: movingMeta,
      after: { reconnectGrace: "finishing" },
      on: { "work.finished": "finishing", "work.settled": "finishing" },
    },
    finishing: { meta: movingMeta, entry: "finish", after: { finishTimeout: "over" } },
    // Passed through.
    over: { always: whenMoved },
  },
  on: {
    "stream.ended": { guard: "isCurrent", target: ".over" },
    "stream.approval": [onRejectedByPerson, ...noteApproval],
    "stream.credentialsIssued": ignoreOffer,
    "stream.goaway": { guard: "isCurrent" },
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
      // The heartbeat's answer confirms what was handed over before it.
      quieting: {
        meta,
        entry: ["serve", "beat"],
        on: {
          "work.finished": [{ guard: "leavesUnconfirmed", actions: "beat" }, {}],
          "work.settled": "finishing",
        },
      },
      finishing: {
        meta,
        entry: "finish",
        after: { finishTimeout: { target: stopped, actions: shutDown } },
        on: { "stream.ended": { guard: "isCurrent", target: stopped, actions: shutDown } },
      },
    },
    on: {
      "stream.accepted": { guard: "isCurrent", actions: "accept" },
      "stream.rejected": onLateAnswer["stream.rejected"],
      "stream.approval": [
        {
          guard: "isCurrentRejection",
          actions: { type: "note", params: { code: "approval-rejected" } },
        },
        ...noteApproval,
      ],
      "stream.credentialsIssued": ignoreOffer,
      "stream.goaway": { guard: "isCurrent" },
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
