/** `connecting`: credentials, then a place on a channel and a stream with the register request as its first message. */
import { type Failure, failureOf } from "../failure.js";
import type { OpenedStream, Outcome } from "../ports.js";
import { registrationParts } from "./parts.js";

const lost = "#registration.connection.lost" as const;
const bug = (): Failure => failureOf("internal");

const openedOf = (outcome: Outcome<OpenedStream>): OpenedStream =>
  outcome.ok ? outcome.value : { handle: "", credentialSource: "anonymous", hasSessionToken: false };

const preparing = registrationParts.createStateConfig({
  description: "waits for its credentials",
  on: {
    "credentials.ready": "opening",
    "credentials.failed": [
      { guard: "mayUseSessionToken", target: "opening" },
      {
        target: lost,
        actions: { type: "loseLink", params: ({ event }) => ({ failure: event.failure }) },
      },
    ],
    "xstate.error.actor.credentials": {
      target: lost,
      actions: { type: "loseLink", params: () => ({ failure: bug() }) },
    },
  },
});

const opening = registrationParts.createStateConfig({
  description: "takes a place on a channel and opens the stream with the register request",
  invoke: {
    src: "openStream",
    id: "opening",
    input: ({ context: { key, streamAttempt } }) => ({ key, streamAttempt }),
    onDone: [
      {
        guard: { type: "isOk", params: ({ event }) => ({ ok: event.output.ok }) },
        target: "#registration.connection.linked",
        actions: { type: "keepOpened", params: ({ event }) => openedOf(event.output) },
      },
      {
        target: lost,
        actions: {
          type: "loseLink",
          params: ({ event }) => ({ failure: event.output.ok ? bug() : event.output.failure }),
        },
      },
    ],
    onError: { target: lost, actions: { type: "loseLink", params: () => ({ failure: bug() }) } },
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
  entry: ["noteEntry", "beginAttempt", "startCredentials"],
  initial: "preparing",
  states: { preparing, opening },
  after: {
    openingDeadline: {
      target: "lost",
      actions: { type: "loseLink", params: { failure: failureOf("open-timeout") } },
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
