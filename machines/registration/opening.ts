/** `connecting`: credentials, then a place on a channel and a stream with the register request as its first message. */
import { type Failure, failureOf } from "../failure.js";
import type { OpenedStream, OpenOutcome } from "../ports.js";
import { openingSilence } from "../silence.js";
import { registrationParts } from "./parts.js";
import { notServing, type StateMeta } from "./state-meta.js";

const lost = "#registration.connection.lost" as const;
const bug = (): Failure => failureOf("internal");

/** The transitions that start a try: at once, unless its credentials are known to need steps. */
export const startingTry = <A extends readonly ("countMove" | "stopCredentials")[]>(actions: A) =>
  [
    { guard: "needsCredentials", target: "#registration.connection.connecting.preparing", actions },
    { target: "#registration.connection.connecting", actions },
  ] as const;

const openedOf = (outcome: OpenOutcome): OpenedStream =>
  outcome.ok ? outcome.value : { handle: "", credentialSource: "anonymous", hasSessionToken: false };

const failureIn = (outcome: OpenOutcome): Failure => (outcome.ok ? null : outcome.failure) ?? bug();

const onOpened = {
  guard: {
    type: "isOk",
    params: ({ event }: { event: { output: OpenOutcome } }) => ({ ok: event.output.ok }),
  },
  target: "#registration.connection.linked",
  actions: {
    type: "keepOpened",
    params: ({ event }: { event: { output: OpenOutcome } }) => openedOf(event.output),
  },
} as const;

const onNotOpened = {
  target: lost,
  actions: {
    type: "loseLink",
    params: ({ event }: { event: { output: OpenOutcome } }) => ({ failure: failureIn(event.output) }),
  },
} as const;

const onBug = { target: lost, actions: { type: "loseLink", params: { failure: bug() } } } as const;

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
      { guard: "mayUseSessionToken", target: "opening" },
      {
        target: lost,
        actions: { type: "loseLink", params: ({ event }) => ({ failure: event.failure }) },
      },
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
  description: "chooses credentials, takes a place on a channel, opens the stream with the register request",
  entry: "beginAttempt",
  initial: "atOnce",
  states: { atOnce, preparing, opening },
  after: {
    openingDeadline: {
      target: "lost",
      actions: {
        type: "loseLink",
        params: ({ context }) => ({ failure: openingSilence(context.policy) }),
      },
    },
  },
  // With nothing left to hand over, a drain need not wait for the gateway.
  on: {
    "work.settled": {
      guard: "isDraining",
      target: "stopped",
      actions: { type: "stopBecause", params: { reason: "shutdown" } },
    },
  },
});
