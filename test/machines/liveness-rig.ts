/** A parent that invokes liveness, and writes down when its child asks for a beat, and when it says deaf. */
import { createActor, setup } from "xstate";
import { type LivenessInput, livenessMachine } from "../../machines/liveness.js";
import { defaultPolicy } from "../../machines/policy.js";
import { StepClock } from "./clock.js";

export function watch(heartbeat: Partial<LivenessInput> = {}) {
  const input = { ...defaultPolicy.heartbeat, firstMs: defaultPolicy.heartbeat.intervalMs, ...heartbeat };
  const clock = new StepClock();
  const heard: string[] = [];
  const parent = setup({
    types: { events: {} as { type: string } },
    actors: { liveness: livenessMachine },
    actions: { write: ({ event }) => heard.push(`${clock.now()} ${event.type.replace("liveness.", "")}`) },
  }).createMachine({
    invoke: { src: "liveness", id: "liveness", input },
    on: { "liveness.*": { actions: "write" } },
  });
  const actor = createActor(parent, { clock });
  actor.subscribe({ error: (error) => heard.push(`error ${String(error)}`) });
  actor.start();
  const child = actor.getSnapshot().children.liveness;
  return {
    heard,
    tell: (type: "armed" | "answered") => child?.send({ type }),
    at: (ms: number) => clock.set(ms),
    state: () => JSON.stringify(child?.getSnapshot()?.value),
    timers: () => clock.size,
    stop: () => actor.stop(),
  };
}
