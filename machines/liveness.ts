/**
 * Is the stream still alive? Lives only while there is doubt: from a heartbeat that was not answered in time until
 * the next answer, or until the stream counts as deaf although its link may be fine. While all is well the `stream`
 * port beats by itself, so that thousands of idle registrations cost no machine a step. Knows no stream: it asks
 * its parent to beat and tells it `liveness.deaf`; the parent stops it with the next answer.
 */
import { sendParent, setup } from "xstate";
import { type LivenessInput, livenessDelays } from "./liveness-delays.js";

/** It has no events of its own: an answer ends the doubt, and with it this actor. */
type LivenessEvents = { readonly type: "none" };

/**
 * Finds out whether a silent stream is dead: asks its parent to beat, and tells it `liveness.deaf` at the end.
 *
 * @example
 * ```ts
 * import { livenessMachine } from "mooring/machines";
 * import { createActor, SimulatedClock } from "xstate";
 *
 * // By itself it has no parent to tell.
 * const machine = livenessMachine.provide({
 *   actions: { askForBeat: () => console.log("beat"), reportDeaf: () => console.log("deaf") },
 * });
 * const clock = new SimulatedClock();
 * const input = { intervalMs: 30_000, suspectMs: 5_000, remainingMs: 15_000 };
 * createActor(machine, { input, clock }).start(); // prints "beat"
 * clock.increment(15_000); // prints "deaf"
 * ```
 */
export const livenessMachine = setup({
  types: {
    input: {} as LivenessInput,
    context: {} as LivenessInput,
    events: {} as LivenessEvents,
  },
  delays: livenessDelays,
  actions: {
    askForBeat: sendParent({ type: "liveness.beat" }),
    reportDeaf: sendParent({ type: "liveness.deaf" }),
  },
}).createMachine({
  id: "liveness",
  description: "is the open stream alive, while that is in doubt",
  context: ({ input }) => ({ ...input }),
  initial: "doubtful",
  states: {
    doubtful: {
      description: "a beat was not answered in time; deaf at the timeout, exactly, after the last answer",
      initial: "suspect",
      after: { restOfTimeout: "deaf" },
      states: {
        suspect: {
          description: "one probe is sent at once",
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
    deaf: { description: "no answer within the timeout; reported", entry: "reportDeaf" },
  },
});
