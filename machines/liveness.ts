/**
 * Is the stream alive? Beats, waits for answers, and says when the stream has gone deaf although its link
 * may be fine. Knows no stream: it asks its parent to beat and tells it `liveness.deaf`.
 */
import { raise, sendParent, setup } from "xstate";

export interface LivenessInput {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly suspectMs: number;
}

export type LivenessEvent =
  /** The registration is accepted: from now on answers are due. Later ones change nothing. */
  | { readonly type: "armed" }
  /** A heartbeat was answered; nothing else feeds the watchdog. */
  | { readonly type: "answered" }
  /** Internal: a heartbeat has just been asked for. */
  | { readonly type: "beat.asked" };

export const livenessMachine = setup({
  types: {
    input: {} as LivenessInput,
    context: {} as LivenessInput,
    events: {} as LivenessEvent,
  },
  delays: {
    heartbeatInterval: ({ context }) => context.intervalMs,
    heartbeatTimeout: ({ context }) => context.timeoutMs,
    suspectDelay: ({ context }) => context.suspectMs,
  },
  actions: {
    askForBeat: sendParent({ type: "liveness.beat" }),
    noteBeat: raise({ type: "beat.asked" }),
    reportDeaf: sendParent({ type: "liveness.deaf" }),
  },
}).createMachine({
  id: "liveness",
  context: ({ input }) => input,
  initial: "unarmed",
  states: {
    unarmed: { description: "not accepted yet: no answers are due", on: { armed: "armed", answered: {} } },
    armed: {
      description: "beats, listens and keeps the watchdog",
      type: "parallel",
      states: {
        pulse: {
          initial: "beating",
          states: {
            beating: {
              after: {
                heartbeatInterval: { target: "beating", reenter: true, actions: ["askForBeat", "noteBeat"] },
              },
            },
          },
        },
        // A timer of its own, so that it fires at the timeout and not at the next beat.
        watchdog: {
          initial: "ticking",
          states: {
            ticking: {
              on: { answered: { target: "ticking", reenter: true } },
              after: { heartbeatTimeout: "#liveness.deaf" },
            },
          },
        },
        hearing: {
          initial: "alive",
          states: {
            alive: {
              description: "answers come",
              initial: "calm",
              states: {
                calm: { on: { "beat.asked": "asked" } },
                asked: { after: { suspectDelay: "#liveness.armed.hearing.suspect" } },
              },
              on: { answered: ".calm" },
            },
            suspect: {
              description: "no answer in time: one probe was sent at once",
              entry: "askForBeat",
              on: { answered: "alive" },
            },
          },
        },
      },
      on: { armed: {}, "beat.asked": {} },
    },
    // Not final: the parent has its report and stops this actor; a late "done" would find nobody.
    deaf: {
      description: "no answer within the timeout; reported",
      entry: "reportDeaf",
      on: { armed: {}, answered: {} },
    },
  },
});
