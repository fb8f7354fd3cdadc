/** `awaitingRegister`: a register request is on the wire. `first` on a fresh stream, `again` on one that goes on serving. */
import { failureOf } from "../failure.js";
import { registerSilence } from "../silence.js";
import { registrationParts } from "./parts.js";
import { notServing, type StateMeta } from "./state-meta.js";

const streaming = "#registration.connection.linked.streaming" as const;
const finishing = "#registration.connection.backoff.finishing" as const;
const lost = "#registration.connection.lost" as const;
const rejectedByPerson = { type: "loseLink", params: { failure: failureOf("approval-rejected") } } as const;

/** Accepted only to hand results over. Nobody takes them from a registration that is not approved. */
const onAcceptedWhileDraining = [
  {
    guard: "isPendingWhileDraining",
    target: "#registration.connection.stopped",
    actions: { type: "stopBecause", params: { reason: "shutdown" } },
  },
  // It comes back once, when everything is there: until then the identity belongs to whoever serves it.
  { guard: "isCurrentWhileDrainingAtWork", target: finishing },
  { guard: "isCurrentWhileDraining", target: `${streaming}.handingOver`, actions: ["accept", "armStable"] },
] as const;

/** Where an accepted register request leads, by the status in the answer. Unspecified counts as approved. */
export const onAccepted = (actions: readonly ("accept" | "armStable")[]) =>
  [
    { guard: "isCurrentStatusRejected", target: lost, actions: rejectedByPerson },
    { guard: "isCurrentStatusPending", target: `${streaming}.pendingApproval`, actions },
    {
      guard: "isCurrentStatusOther",
      target: `${streaming}.serving`,
      actions: [...actions, { type: "note", params: { code: "approval-other" } }],
    },
    { guard: "isCurrent", target: `${streaming}.serving`, actions },
  ] as const;

const answerMeta = {
  standing: "awaitingRegister",
  meaning: notServing,
  next: { what: "gives up waiting for the answer to its register request", after: "registerDeadline" },
} as const satisfies StateMeta;

export const awaitingRegister = registrationParts.createStateConfig({
  description: "a register request is on the wire, its answer is awaited",
  initial: "first",
  states: {
    first: {
      description: "on a fresh stream",
      meta: answerMeta,
      after: {
        registerDeadline: {
          target: lost,
          actions: {
            type: "loseLink",
            params: ({ context }) => ({ failure: registerSilence(context.policy) }),
          },
        },
      },
      on: {
        "stream.accepted": [...onAcceptedWhileDraining, ...onAccepted(["accept", "armStable"])],
        "stream.approval": { guard: "isCurrent", actions: "hold" },
        "stream.credentialsIssued": { guard: "isCurrent", actions: "hold" },
        "stream.goaway": { guard: "isCurrent", actions: { type: "note", params: { code: "goaway-later" } } },
        "stream.heartbeatAnswered": { guard: "isCurrent" },
        "stream.rejected": {
          guard: "isCurrent",
          target: lost,
          actions: { type: "loseLink", params: ({ event }) => ({ failure: event.failure }) },
        },
        "work.settled": {
          guard: "isDraining",
          target: "#registration.connection.stopped",
          actions: { type: "stopBecause", params: { reason: "shutdown" } },
        },
      },
    },
    again: {
      description: "after new credentials, on a stream that goes on serving",
      tags: "registered",
      meta: answerMeta,
      entry: ["noteEntry", "register"],
      after: {
        registerDeadline: {
          target: `${streaming}.before`,
          actions: { type: "note", params: { code: "register-again-late" } },
        },
      },
      on: {
        "stream.accepted": onAccepted(["accept"]),
        drain: `${streaming}.draining`,
        "stream.rejected": {
          guard: "isCurrent",
          target: `${streaming}.before`,
          actions: { type: "countRejection", params: ({ event }) => ({ failure: event.failure }) },
        },
        "stream.approval": [
          {
            guard: "isCurrentRejection",
            target: lost,
            actions: rejectedByPerson,
          },
          { guard: "isCurrent" },
        ],
        "stream.credentialsIssued": {
          guard: "isCurrent",
          actions: { type: "note", params: { code: "credentials-ignored" } },
        },
        "stream.goaway": { guard: "isCurrent", actions: { type: "note", params: { code: "goaway-later" } } },
      },
    },
  },
});
