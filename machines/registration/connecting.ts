/** `connecting`: credentials, then a place on a channel and a stream with the register request as its first message. */
import { type Failure, failureOf } from "../failure.js";
import type { OpenedStream, OpenOutcome } from "../ports.js";
import { openingSilence } from "../silence.js";
import { registrationParts } from "./parts.js";
import { lostBy, lostByEvent, stopWhenSettled } from "./shared-transitions.js";
import { notServing, type StateMeta } from "./state-meta.js";

const openedOf = (outcome: OpenOutcome): OpenedStream =>
  outcome.ok ? outcome.value : { handle: "", credentialSource: "anonymous", hasSessionToken: false };

const failureIn = (outcome: OpenOutcome): Failure =>
  (outcome.ok ? null : outcome.failure) ?? failureOf("internal");

const onOpened = {
  guard: {
    type: "isOk",
    params: ({ event }: { event: { output: OpenOutcome } }) => ({ ok: event.output.ok }),
  },
  target: "#linked",
  actions: {
    type: "keepOpened",
    params: ({ event }: { event: { output: OpenOutcome } }) => openedOf(event.output),
  },
} as const;

const onNotOpened = {
  target: "#lost",
  actions: {
    type: "loseLink",
    params: ({ event }: { event: { output: OpenOutcome } }) => ({ failure: failureIn(event.output) }),
  },
} as const;

const onBug = lostBy("internal");

const openingMeta = {
  standing: "connecting",
  meaning: notServing,
  next: { what: "gives up opening the stream", after: "connectTimeout" },
  isStep: true,
} as const satisfies StateMeta;

/** Most registrations have nothing to fetch: they come back without an actor for their credentials. */
const atOnce = registrationParts.createStateConfig({
  description: "opens the stream with what is at hand, when the credentials need no step",
  meta: openingMeta,
  invoke: {
    src: "openStream",
    id: "opening",
    input: ({ context: { key, streamAttempt } }) => ({ key, streamAttempt, onlyAtHand: true }),
    onDone: [
      onOpened,
      {
        guard: { type: "isNotAtHand", params: ({ event }) => ({ outcome: event.output }) },
        target: "preparing",
        description: "the credentials need steps first",
      },
      onNotOpened,
    ],
    onError: onBug,
  },
});

const preparing = registrationParts.createStateConfig({
  description: "waits for its credentials",
  meta: {
    standing: "connecting",
    meaning: notServing,
    next: { what: "gives up getting its credentials", after: "openingDeadline" },
    isStep: true,
  },
  entry: "startCredentials",
  on: {
    "credentials.ready": "opening",
    "credentials.failed": [
      {
        guard: "mayUseSessionToken",
        target: "opening",
        description: "it registers alone, and the credentials go on trying",
      },
      lostByEvent,
    ],
    "xstate.error.actor.credentials": onBug,
  },
});

const opening = registrationParts.createStateConfig({
  description: "takes a place on a channel and opens the stream with the register request",
  meta: openingMeta,
  invoke: {
    src: "openStream",
    id: "opening",
    input: ({ context: { key, streamAttempt } }) => ({ key, streamAttempt, onlyAtHand: false }),
    onDone: [onOpened, onNotOpened],
    onError: onBug,
  },
  // Without an access token, a session token registers alone, and the credentials go on trying.
  on: {
    "credentials.ready": {},
    "credentials.failed": {},
    "xstate.error.actor.credentials": { actions: "stopCredentials" },
  },
});

export const connecting = registrationParts.createStateConfig({
  id: "connecting",
  description: "chooses credentials, takes a place on a channel, opens the stream with the register request",
  entry: "beginAttempt",
  initial: "atOnce",
  states: { atOnce, preparing, opening },
  after: {
    openingDeadline: {
      target: "#lost",
      actions: {
        type: "loseLink",
        params: ({ context }) => ({ failure: openingSilence(context.policy) }),
      },
    },
  },
  on: { "work.settled": stopWhenSettled },
});
