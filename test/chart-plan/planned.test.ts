import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  createActor,
  createMachine,
  fromCallback,
  fromPromise,
  not,
  StateMachine,
  setup,
  waitFor,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";
import { Chance, liveBothWays, Visited } from "./both-ways.js";
import { ownSubjects } from "./own-machines.js";
import { randomSubject } from "./random-chart.js";

/** Always the same lives; `SEED=…` lives others, and `npm run prove:charts` a million events of them. */
const seed = Number(process.env.SEED ?? 1);
const lives = 30;

// XState says each event that comes after the end.
beforeAll(() => void vi.spyOn(console, "warn").mockReturnValue(undefined));
afterAll(() => void vi.restoreAllMocks());

describe("a planned machine", () => {
  it("lives as the plain one does, whatever its chart", () => {
    for (let life = 0; life < lives; life += 1) {
      const subject = randomSubject(new Chance(seed + life));
      expect(subject.planned).not.toBe(subject.plain);
      liveBothWays(subject, seed + life, 40, new Visited());
    }
  });

  it.each(ownSubjects)("lives as the plain one does: $name", (subject) => {
    const visited = new Visited();
    for (let life = 0; visited.events < 200; life += 1) liveBothWays(subject, seed + life, 40, visited);
  });

  it("is the same machine to whoever looks", () => {
    const machine = createMachine({ id: "light", initial: "off", states: { off: {}, on: {} } });
    const actor = createActor(planned(machine)).start();
    expect(actor.logic).toBeInstanceOf(StateMachine);
    expect(actor.logic.id).toBe("light");
    expect(actor.logic.root).toBe(machine.root);
    expect(actor.getSnapshot().machine).toBe(machine);
    actor.stop();
  });

  it("asks each guard at each event, and works out once whom to ask", () => {
    const asked: string[] = [];
    const says = (name: string, said: boolean) => () => asked.push(name) > 0 && said;
    const machine = createMachine({
      type: "parallel",
      on: { go: { guard: says("root", true), actions: () => {} }, "*": { guard: says("any", false) } },
      states: {
        left: { on: { go: [{ guard: says("no", false) }, { guard: not(says("left", true) as never) }] } },
        right: { on: { "go.*": { guard: says("wildcard", false) } } },
      },
    } as never);
    const selections = vi.spyOn(machine, "getTransitionData");
    const actor = createActor(planned(machine)).start();
    for (let event = 0; event < 3; event += 1) actor.send({ type: "go" } as never);
    expect(asked).toEqual(Array(3).fill(["no", "left", "wildcard", "root"]).flat());
    expect(selections).not.toHaveBeenCalled();
    actor.stop();
  });

  it("has promises and callbacks as children", async () => {
    const machine = setup({
      types: { context: {} as { heard: readonly unknown[] } },
      actors: {
        answer: fromPromise(async () => 42),
        refuse: fromPromise(async () => Promise.reject(new Error("refused"))),
        talk: fromCallback(({ sendBack, receive }) => receive(() => sendBack({ type: "said" }))),
      },
    }).createMachine({
      context: { heard: [] },
      initial: "asking",
      states: {
        asking: { invoke: { src: "answer", onDone: "refused" } },
        refused: { invoke: { src: "refuse", onError: "talking" } },
        talking: {
          invoke: { src: "talk", id: "talk" },
          entry: ({ self }) => queueMicrotask(() => self.getSnapshot().children.talk?.send({ type: "go" })),
          on: { said: "over" },
        },
        over: { type: "final" },
      },
    });
    const actor = createActor(planned(machine)).start();
    const { value, status } = await waitFor(actor, ({ status: now }) => now === "done");
    expect({ value, status }).toEqual({ value: "over", status: "done" });
  });
});
