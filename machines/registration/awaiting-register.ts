/** `awaitingRegister`: a register request is on the wire. `first` on a fresh stream, `again` on one that goes on serving. */
import { registerSilence } from "../silence.js";
import { registrationParts } from "./parts.js";
import {
  accepted,
  ignoreOffer,
  lostByEvent,
  notePeerDraining,
  rejectedByPerson,
  shutDown,
  stopWhenSettled,
} from "./shared-transitions.js";
import { notServing, type StateMeta } from "./state-meta.js";

const answerMeta = {
  standing: "awaitingRegister",
  meaning: notServing,
  next: { what: "gives up waiting for the answer to its register request", after: "registerDeadline" },
} as const satisfies StateMeta;

/** Accepted only to hand results over. */
const acceptedWhileDraining = [
  {
    guard: "isPendingWhileDraining",
    target: "#stopped",
    actions: shutDown,
    description: "nobody takes results from a registration that is not approved",
  },
  {
    guard: "isDrainingAtWork",
    target: "#backoff.finishing",
    description: "comes back when everything is there; until then the identity belongs to whoever serves it",
  },
  { guard: "isDraining", target: "#streaming.handingOver", actions: ["accept", "armStable"] },
] as const;

const first = registrationParts.createStateConfig({
  description: "on a fresh stream",
  meta: answerMeta,
  after: {
    registerDeadline: {
      target: "#lost",
      actions: { type: "loseLink", params: ({ context }) => ({ failure: registerSilence(context.policy) }) },
    },
  },
  on: {
    "stream.accepted": [rejectedByPerson, ...acceptedWhileDraining, ...accepted(["accept", "armStable"])],
    "stream.rejected": lostByEvent,
    "stream.approval": { actions: "hold" },
    "stream.credentialsIssued": { actions: "hold" },
    "stream.peerDraining": notePeerDraining,
    "stream.heartbeatAnswered": {},
    "work.settled": stopWhenSettled,
  },
});

const again = registrationParts.createStateConfig({
  description: "after new credentials, on a stream that goes on serving",
  tags: "registered",
  meta: answerMeta,
  entry: ["noteEntry", "register"],
  after: {
    registerDeadline: {
      target: "#streaming.before",
      actions: { type: "note", params: { code: "register-again-late" } },
      description: "the stream goes on as before; a late answer still counts",
    },
  },
  on: {
    "stream.accepted": [rejectedByPerson, ...accepted(["accept"])],
    "stream.rejected": {
      target: "#streaming.before",
      actions: { type: "countRejection", params: ({ event }) => ({ failure: event.failure }) },
    },
    "stream.approval": [rejectedByPerson, {}],
    "stream.credentialsIssued": ignoreOffer,
    "stream.peerDraining": notePeerDraining,
    drain: "#streaming.draining",
  },
});

export const awaitingRegister = registrationParts.createStateConfig({
  id: "awaitingRegister",
  description: "a register request is on the wire, its answer is awaited",
  initial: "first",
  states: { first, again },
});
