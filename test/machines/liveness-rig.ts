/** A parent that invokes liveness, and writes down when its child asks for a beat, and when it says deaf. */
import { createActor, setup, stopChild } from "xstate";
import { livenessMachine } from "../../machines/liveness.js";
import type { LivenessInput } from "../../machines/liveness-delays.js";
import { defaultPolicy } from "../../machines/policy.js";
import { StepClock } from "./clock.js";

/** By default as after a beat at the interval: the answer is late by `suspectMs`, and 10 s are left. */
export function doubt(input: Partial<LivenessInput> = {}) {
  const { intervalMs, suspectMs, timeoutMs } = defaultPolicy.heartbeat;
  const remainingMs = timeoutMs - intervalMs - suspectMs;
  const clock = new StepClock();
  const heard: string[] = [];
  const parent = setup({
    types: { events: {} as { type: string } },
    actors: { liveness: livenessMachine },
    actions: { write: ({ event }) => heard.push(`${clock.now()} ${event.type.replace("liveness.", "")}`) },
  }).createMachine({
    invoke: {
      src: "liveness",
      id: "liveness",
      input: { intervalMs, suspectMs, remainingMs, ...input },
    },
    on: { "liveness.*": { actions: "write" }, answered: { actions: stopChild("liveness") } },
  });
  const actor = createActor(parent, { clock });
  actor.subscribe({ error: (error) => heard.push(`error ${String(error)}`) });
  actor.start();
  const child = actor.getSnapshot().children.liveness;
  return {
    heard,
    /** The parent lets go of it. */
    answered: () => actor.send({ type: "answered" }),
    at: (ms: number) => clock.set(ms),
    state: () => JSON.stringify(child?.getSnapshot()?.value),
    timers: () => clock.size,
    stop: () => actor.stop(),
  };
}
