/**
 * The life of one registration, as a chart. Region `connection` has the six public states
 * (`awaitingRegister`, `streaming` and `credentialExchange` share one stream and so one parent, `linked`);
 * region `intake` remembers a drain over reconnects. No I/O: the ports are in `ports.ts`.
 */
import type { ActorRefFrom, SnapshotFrom } from "xstate";
import { failureOf } from "./failure.js";
import { awaitingRegister } from "./registration/awaiting-register.js";
import { connecting } from "./registration/connecting.js";
import { credentialExchange } from "./registration/credential-exchange.js";
import { registrationParts } from "./registration/parts.js";
import {
  lostBy,
  lostByEvent,
  shutDown,
  startingTry,
  stopWhenSettled,
} from "./registration/shared-transitions.js";
import { described, notServing, type StateMeta } from "./registration/state-meta.js";
import { streaming } from "./registration/streaming.js";
import { unchanged } from "./registration/types.js";
import { heartbeatSilence } from "./silence.js";

const nextTry = [
  {
    guard: "isDrainingAtWork",
    target: "#backoff.finishing",
    description: "a drain with running handlers waits for them first",
  },
  ...startingTry([]),
] as const;

const linked = registrationParts.createStateConfig({
  id: "linked",
  description: "a stream is open; its three children share it",
  initial: "awaitingRegister",
  invoke: {
    src: "stream",
    id: "stream",
    input: ({ context }) => ({
      key: context.key,
      handle: context.handle,
      streamAttempt: context.streamAttempt,
    }),
    onError: lostBy("internal"),
  },
  exit: ["disarmStable", "stopLiveness"],
  on: {
    "stream.ended": lostByEvent,
    "stream.heartbeatLate": { actions: { type: "startLiveness", params: ({ event }) => event } },
    "stream.heartbeatAnswered": { actions: "stopLiveness" },
    "xstate.error.actor.liveness": lostBy("internal"),
    "liveness.beat": { actions: "beat" },
    "liveness.deaf": {
      target: "#lost",
      actions: {
        type: "loseLink",
        params: ({ context }) => ({ failure: heartbeatSilence(context.policy) }),
      },
    },
    "uptime.stable": { actions: "noteStable" },
    // Renewed ahead of time, or not: the stream goes on either way.
    "credentials.ready": { actions: "noteRenewed" },
    "credentials.failed": {
      actions: { type: "noteCredentials", params: ({ event }) => ({ failure: event.failure }) },
    },
    "xstate.error.actor.credentials": {
      actions: ["stopCredentials", { type: "noteCredentials", params: { failure: failureOf("internal") } }],
    },
  },
  states: { awaitingRegister, streaming, credentialExchange },
});

const retrying = {
  standing: "backoff",
  meaning: notServing,
  next: { what: "tries again", after: "backoffDelay" },
} as const satisfies StateMeta;

const connection = registrationParts.createStateConfig({
  description: "the six public states",
  initial: "connecting",
  states: {
    connecting,
    linked,
    lost: {
      id: "lost",
      description: "passed through: decides where a loss leads",
      entry: "stopCredentials",
      always: [
        {
          guard: "isReconnectOff",
          target: "stopped",
          actions: { type: "stopBecause", params: { reason: "failed" } },
        },
        { guard: "isRefusedFailure", target: "backoff.refused" },
        { guard: "returnsAtOnce", target: "backoff.returning" },
        { target: "backoff.transient" },
      ],
    },
    backoff: {
      id: "backoff",
      description: "waits before the next try",
      tags: "backingOff",
      initial: "transient",
      states: {
        transient: { description: "the network, a restart, a deadline", meta: retrying },
        returning: {
          description:
            "the gateway ended in order a stream that had been stable: comes back at once, and once per stable uptime",
          meta: { ...retrying, next: { what: "comes back at once", after: "backoffDelay" } },
        },
        refused: {
          description: "somebody or a setting says no; waits longer from the third time on",
          meta: retrying,
        },
        finishing: {
          description: "draining: comes back once, when nothing runs any more, to hand the results over",
          tags: "draining",
          meta: {
            standing: "backoff",
            meaning:
              "draining: finishes the requests it has, then comes back once to hand their results over",
            next: { what: "hands its results over when its work is done", after: null },
            advice: "successor",
          },
          always: { guard: "isWorkOver", target: "due" },
        },
        due: { description: "passed through: nothing runs any more", always: startingTry([]) },
      },
      after: { backoffDelay: nextTry },
      on: {
        "retry.now": nextTry,
        "work.settled": stopWhenSettled,
      },
    },
    stopped: {
      id: "stopped",
      description: "final, with a reason",
      meta: { standing: "stopped", meaning: "ended", next: { what: "nothing", after: null } },
      type: "final",
      entry: ["noteEntry", "tellIntake"],
    },
  },
  on: {
    stop: {
      target: ".stopped",
      actions: { type: "stopBecause", params: ({ event }) => ({ reason: event.reason }) },
    },
    "drain.expired": { target: ".stopped", actions: shutDown },
    "credentials.retrying": {
      actions: {
        type: "note",
        params: ({ event }) => ({ code: "credentials-retrying", failure: event.failure }),
      },
    },
    // What has nothing to renew takes no room while the registration lives.
    "xstate.done.actor.credentials": { actions: "stopCredentials" },
  },
});

const intake = registrationParts.createStateConfig({
  description: "remembers a drain over reconnects",
  initial: "accepting",
  states: {
    accepting: { on: { drain: { target: "draining", actions: "armDrain" } } },
    draining: {
      invoke: {
        src: "work",
        id: "drain",
        input: ({ context }) => ({ key: context.key, mode: "drain" }),
        // Nobody will say "settled" now: the deadline ends the drain.
        onError: {
          target: ".quiet",
          actions: { type: "note", params: { code: "work-port-failed", failure: failureOf("internal") } },
        },
      },
      initial: "working",
      states: {
        working: {
          description: "handlers may still run",
          on: { "work.finished": "quiet", "work.settled": "quiet" },
        },
        quiet: { description: "nothing runs any more" },
      },
      on: { drain: {}, "work.cancel": { actions: "cancelDrainedWork" } },
    },
    closed: { type: "final" },
  },
  on: { "connection.stopped": ".closed" },
});

/**
 * The life of one registration: the six public states, and a drain that is remembered over reconnects.
 *
 * @example
 * ```ts
 * import {
 *   defaultPolicy,
 *   type OpenOutcome,
 *   type OpenStreamInput,
 *   registrationMachine,
 *   registrationView,
 * } from "mooring/machines";
 * import { createActor, fromPromise, SimulatedClock } from "xstate";
 *
 * // docs/machines.md has all ports, and a whole life.
 * const openStream = fromPromise<OpenOutcome, OpenStreamInput>(async () => ({ ok: false, failure: null }));
 * const clock = new SimulatedClock();
 * const input = { key: "acme.echo.one", policy: defaultPolicy, random: () => 0 };
 * const actor = createActor(registrationMachine.provide({ actors: { openStream } }), { input, clock });
 * actor.start();
 * console.log(registrationView(actor.getSnapshot()).state); // connecting
 * ```
 */
export const registrationMachine = registrationParts.createMachine({
  id: "registration",
  description: "the life of one registration",
  type: "parallel",
  context: ({ input }) => ({
    key: input.key,
    policy: input.policy,
    random: input.random,
    streamAttempt: input.streamAttempt ?? 0,
    handle: "",
    attempt: 0,
    stableStream: 0,
    backoffMs: 0,
    enteredBy: "",
    accepted: 0,
    rejections: 0,
    registersAgain: unchanged.registersAgain,
    exchange: unchanged.exchange,
    held: unchanged.held,
    failure: null,
    stopReason: null,
    credentialSource: null,
    hasSessionToken: false,
    strays: unchanged.strays,
  }),
  output: ({ context }) => ({
    key: context.key,
    reason: context.stopReason ?? "failed",
    failure: context.failure,
    streamAttempt: context.streamAttempt,
  }),
  states: { connection: described(connection), intake },
  on: {
    // Welcome in every state, with an effect only where a state says so.
    "retry.now": {},
    "work.finished": {},
    "work.settled": {},
    "work.cancel": {},
    "*": { actions: "reportUnexpected" },
  },
});

/** A running {@link registrationMachine}. */
export type RegistrationActor = ActorRefFrom<typeof registrationMachine>;
/** The state of a {@link registrationMachine}. */
export type RegistrationSnapshot = SnapshotFrom<typeof registrationMachine>;
