/**
 * Is the stream alive? Beats, waits for answers, and says when the stream has gone deaf although its link
 * may be fine. Knows no stream: it asks its parent to beat and tells it `liveness.deaf`.
 */
import { assign, sendParent, setup } from "xstate";

export interface LivenessInput {
  readonly intervalMs: number;
  /** Until the first beat: up to an interval, another for each stream, so that thousands do not beat together. */
  readonly firstMs: number;
  readonly timeoutMs: number;
  readonly suspectMs: number;
}

export type LivenessEvent =
  /** The registration is accepted: from now on answers are due. Later ones change nothing. */
  | { readonly type: "armed" }
  /** A heartbeat was answered; nothing else feeds the watchdog. */
  | { readonly type: "answered" };

export interface LivenessContext extends LivenessInput {
  /** How much of the timeout had gone when the last beat was asked for. */
  readonly waitedMs: number;
}

/**
 * One timer runs while all is well: thousands of registrations beat, and each timer costs memory and each step
 * processor time. So the watchdog's time is split in two: until the beat, and from the beat on.
 */
export const livenessMachine = setup({
  types: {
    input: {} as LivenessInput,
    context: {} as LivenessContext,
    events: {} as LivenessEvent,
  },
  delays: {
    firstInterval: ({ context }) => context.firstMs,
    heartbeatInterval: ({ context }) => context.intervalMs,
    restOfTimeout: ({ context }) => context.timeoutMs - context.waitedMs,
    suspectDelay: ({ context }) => context.suspectMs,
    restOfInterval: ({ context }) => Math.max(1, context.intervalMs - context.suspectMs),
  },
  actions: {
    askForBeat: sendParent({ type: "liveness.beat" }),
    noteInterval: assign(({ context }) => ({ waitedMs: context.intervalMs })),
    reportDeaf: sendParent({ type: "liveness.deaf" }),
  },
}).createMachine({
  id: "liveness",
  context: ({ input }) => ({ waitedMs: input.firstMs, ...input }),
  initial: "unarmed",
  states: {
    unarmed: { description: "not accepted yet: no answers are due", on: { armed: "first", answered: {} } },
    first: {
      description: "accepted; the first beat is due",
      after: { firstInterval: "waiting" },
      on: { answered: "calm", armed: {} },
    },
    calm: {
      description: "answers come; the next beat is due an interval after the last one",
      after: { heartbeatInterval: { target: "waiting", actions: "noteInterval" } },
      on: { answered: { target: "calm", reenter: true }, armed: {} },
    },
    waiting: {
      description: "a beat was sent and not answered; deaf at the timeout, exactly, after the last answer",
      initial: "asked",
      after: { restOfTimeout: "deaf" },
      on: { answered: "calm", armed: {} },
      states: {
        asked: { entry: "askForBeat", after: { suspectDelay: "suspect" } },
        suspect: {
          description: "no answer in time: one probe is sent at once",
          entry: "askForBeat",
          after: { restOfInterval: "overdue" },
        },
        overdue: {
          description: "beats go on at their interval",
          entry: "askForBeat",
          after: { heartbeatInterval: { target: "overdue", reenter: true } },
        },
      },
    },
    // Not final: the parent has its report and stops this actor; a late "done" would find nobody.
    deaf: {
      description: "no answer within the timeout; reported",
      entry: "reportDeaf",
      on: { armed: {}, answered: {} },
    },
  },
});
