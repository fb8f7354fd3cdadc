/** Transitions that several states have, each written once. */
import { type Failure, failureOf } from "../failure.js";

/** A drain is over, or its deadline is. */
export const shutDown = { type: "stopBecause", params: { reason: "shutdown" } } as const;

/** With nothing left to hand over, a drain need not wait for the gateway. */
export const stopWhenSettled = {
  guard: "isDraining",
  target: "#stopped",
  actions: shutDown,
  description: "nothing is left to hand over",
} as const;

/** The link is lost, for a reason of our own. */
export const lostBy = <const Cause extends Failure["cause"]>(cause: Cause) =>
  ({ target: "#lost", actions: { type: "loseLink", params: { failure: failureOf(cause) } } }) as const;

const failureOfEvent = ({ event }: { event: { readonly failure: Failure } }) => ({ failure: event.failure });

/** The link is lost, for the reason that the event tells. */
export const lostByEvent = {
  target: "#lost",
  actions: { type: "loseLink", params: failureOfEvent },
} as const;

/** An administrator says no. */
export const rejectedByPerson = { guard: "isRejected", ...lostBy("approval-rejected") } as const;

/** An approval that changes nothing here. */
export const noteApproval = [
  { guard: "isApproved", actions: { type: "note", params: { code: "approval-approved" } } },
  { actions: { type: "note", params: { code: "approval-pending" } } },
] as const;

/** No credentials are wanted here. */
export const ignoreOffer = { actions: { type: "note", params: { code: "credentials-ignored" } } } as const;

/** The stream ends by itself soon enough. */
export const notePeerDraining = {
  actions: { type: "note", params: { code: "peer-draining-later" } },
} as const;

const plan = (cause: "peer-draining" | "should-reconnect") =>
  ({ type: "planMove", params: { failure: failureOf(cause) } }) as const;

const tooSoon =
  "after a loss or a move, the next move before a stable uptime counts as a loss: a gateway that keeps asking is not hammered";

/** The gateway asks for a fresh stream: it wants the connection back, or says so with the answer to a heartbeat. */
export const askedToMove = {
  "stream.peerDraining": [
    { guard: "isSteady", target: "#moving", actions: plan("peer-draining") },
    { ...lostBy("peer-draining"), description: tooSoon },
  ],
  "stream.heartbeatAnswered": [
    {
      guard: "asksToReconnectWhileSteady",
      target: "#moving",
      // An answer is an answer, also when it asks for something.
      actions: ["stopLiveness", plan("should-reconnect")],
    },
    { guard: "asksToReconnect", ...lostBy("should-reconnect"), description: tooSoon },
    { actions: "stopLiveness" },
  ],
} as const;

/** Where a register request that nobody rejects leads, by the status in the answer. Unspecified counts as approved. */
export const accepted = <const Actions extends readonly ("accept" | "armStable")[]>(actions: Actions) =>
  [
    { guard: "isPending", target: "#streaming.pendingApproval", actions },
    {
      guard: "isOther",
      target: "#streaming.serving",
      actions: [...actions, { type: "note", params: { code: "approval-other" } }],
    },
    { target: "#streaming.serving", actions },
  ] as const;

/** The answer to a second register request that was given up as late still counts. */
export const lateAnswer = {
  "stream.accepted": [rejectedByPerson, ...accepted(["accept"])],
  "stream.rejected": { actions: { type: "countRejection", params: failureOfEvent } },
} as const;

/** A try begins: at once, unless its credentials are known to need steps. */
export const startingTry = <const Actions extends readonly ("countMove" | "stopCredentials")[]>(
  actions: Actions,
) =>
  [
    { guard: "needsCredentials", target: "#connecting.preparing", actions },
    { target: "#connecting", actions },
  ] as const;
