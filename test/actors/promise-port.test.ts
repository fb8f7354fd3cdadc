/** A promise port is XState's promise actor, but for the weight of its signal. */
import { describe, expect, it } from "vitest";
import { createActor, fromPromise, setup } from "xstate";
import { promisePort } from "../../src/actors/promise-port.js";
import type { Cancellable } from "../../src/cancellation.js";
import { withResolvers } from "../../src/with-resolvers.js";
import { toldByInspection } from "./told-by-inspection.js";

type Work = (given: { readonly input: string; readonly signal: Cancellable }) => Promise<string>;

/** A chart that asks the port and can be told to leave it; all that XState tells of both. */
function run(logic: ReturnType<typeof promisePort<string, string>>) {
  const machine = setup({
    types: {} as { events: { type: "leave" } },
    actors: { port: logic },
  }).createMachine({
    id: "chart",
    initial: "asking",
    states: {
      asking: {
        invoke: { src: "port", id: "port", input: "asked", onDone: "done", onError: "failed" },
        on: { leave: "left" },
      },
      done: {},
      failed: {},
      left: {},
    },
  });
  const told: unknown[] = [];
  const actor = createActor(machine, {
    id: "chart",
    inspect: (one) => told.push(toldByInspection(one)),
  });
  actor.start();
  return { actor, told };
}

async function both(work: Work, act: (actor: ReturnType<typeof run>["actor"]) => void = () => {}) {
  const seen = [];
  for (const logic of [fromPromise<string, string>(work), promisePort<string, string>(work)]) {
    const { actor, told } = run(logic);
    act(actor);
    // Everything that follows from it has followed by the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    seen.push({ value: actor.getSnapshot().value, told });
  }
  return seen;
}

const failure = new Error("no");

describe("a promise port", () => {
  it.each<[string, Work]>([
    ["done", async ({ input }) => `${input} and answered`],
    ["failed", () => Promise.reject(failure)],
  ])("tells as XState does when its work is %s", async (state, work) => {
    const [theirs, ours] = await both(work);
    expect(ours).toEqual(theirs);
    expect(ours?.value).toBe(state);
  });

  it("tells its work that it was left, once and with the reason of an AbortSignal, and is silent then", async () => {
    const reasons: unknown[] = [];
    const pending: ReturnType<typeof withResolvers<string>>[] = [];
    const work: Work = ({ signal }) => {
      const answer = withResolvers<string>();
      pending.push(answer);
      signal.addEventListener("abort", () => reasons.push((signal.reason as Error).name), { once: true });
      return answer.promise;
    };
    const [theirs, ours] = await both(work, (actor) => {
      actor.send({ type: "leave" });
      pending.at(-1)?.resolve("too late");
    });
    expect(ours).toEqual(theirs);
    expect(ours?.value).toBe("left");
    expect(reasons).toEqual(["AbortError", "AbortError"]);
  });

  it("stands as XState's does for who keeps its snapshot", () => {
    const work: Work = () => new Promise(() => {});
    const [theirs, ours] = [fromPromise<string, string>(work), promisePort<string, string>(work)].map(
      (logic) => createActor(logic, { input: "asked" }).start().getPersistedSnapshot(),
    );
    expect(ours).toEqual(theirs);
  });
});
