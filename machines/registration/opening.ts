/** `connecting`: credentials, a place on a channel, and a stream with the register request as its first message. */
import { type Failure, failureOf } from "../failure.js";
import type { OpenedStream, Outcome } from "../ports.js";
import { rejectedTwice } from "./losses.js";
import { registrationParts } from "./parts.js";

const bug = (): Failure => failureOf("internal");

const openedOf = (outcome: Outcome<OpenedStream>): OpenedStream =>
  outcome.ok ? outcome.value : { handle: "", credentialSource: "anonymous", hasSessionToken: false };

export const connecting = registrationParts.createStateConfig({
  description: "chooses credentials, takes a place on a channel, opens the stream with the register request",
  entry: ["noteEntry", "beginAttempt"],
  invoke: {
    src: "openStream",
    id: "opening",
    input: ({ context }) => ({
      key: context.key,
      streamAttempt: context.streamAttempt,
      renewCredentials: rejectedTwice(context.rejections),
    }),
    onDone: [
      {
        guard: { type: "isOk", params: ({ event }) => ({ ok: event.output.ok }) },
        target: "linked",
        actions: { type: "keepOpened", params: ({ event }) => openedOf(event.output) },
      },
      {
        target: "lost",
        actions: {
          type: "loseLink",
          params: ({ event }) => ({ failure: event.output.ok ? bug() : event.output.failure }),
        },
      },
    ],
    onError: { target: "lost", actions: { type: "loseLink", params: () => ({ failure: bug() }) } },
  },
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
