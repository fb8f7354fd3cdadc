import { describe, expect, it } from "vitest";
import {
  type Actor,
  type AnyStateMachine,
  cancel,
  createActor,
  createMachine,
  type InspectionEvent,
  raise,
  SimulatedClock,
  sendTo,
  stopChild,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";

const raised = (id: string, delay: number) => raise({ type: `${id} is due` } as never, { id, delay });

const machine: AnyStateMachine = createMachine(
  {
    invoke: { src: "child", id: "child" },
    on: {
      set: { actions: [raised("first", 10), raised("second", 5)] },
      again: { actions: raised("first", 20) },
      cancel: { actions: cancel("first") },
      ask: { actions: sendTo("child", { type: "tell" }, { id: "asked", delay: 50 }) },
      leave: { actions: stopChild("child") },
    },
  } as never,
  {
    actors: {
      child: createMachine({
        after: { 30: {} },
        on: { tell: {} },
      }),
    },
  } as never,
);

type System = { getSnapshot(): { _scheduledEvents: Record<string, { delay: number }> } };

function timersOf(actor: Actor<AnyStateMachine>): readonly (readonly [string, number])[] {
  const { _scheduledEvents: all } = (actor.system as unknown as System).getSnapshot();
  return Object.entries(all).map(([key, { delay }]) => [key.replace(/^x:\d+/, "x"), delay]);
}

const both = [
  ["plain", machine],
  ["planned", planned(machine)],
] as const;

describe("the system of planned actors", () => {
  it("writes down the timers that XState's writes down", () => {
    const [plain, quick] = both.map(([, logic]) => {
      const clock = new SimulatedClock();
      const actor = createActor(logic, { clock }).start();
      const due: string[] = [];
      const { unsubscribe } = actor.system.inspect((one) => {
        if (one.type === "@xstate.event") due.push(one.event.type.replace(/x:\d+/, "x"));
      });
      const acts: (() => void)[] = [
        ...["set", "again", "cancel", "set", "again"].map((type) => () => actor.send({ type })),
        // The first of two with one id is due while the second waits, which cannot be cancelled then.
        () => clock.increment(12),
        ...["cancel", "ask", "set", "leave"].map((type) => () => actor.send({ type })),
        () => clock.increment(100),
        () => actor.send({ type: "set" }),
        () => void actor.stop(),
        () => clock.increment(100),
      ];
      const written = [
        timersOf(actor),
        ...acts.map((act) => {
          act();
          return timersOf(actor);
        }),
      ];
      unsubscribe();
      return { written, due };
    });
    expect(quick).toEqual(plain);
    expect(plain?.written.map((timers) => timers.length)).toEqual([
      1, 3, 3, 2, 3, 3, 1, 1, 2, 4, 3, 0, 2, 0, 0,
    ]);
    expect(plain?.due.filter((type) => type.endsWith("is due")).length).toBeGreaterThan(3);
  });

  it.each(both)("tells whoever begins to inspect later, until that ends: %s", (_name, logic) => {
    const actor = createActor(logic, { clock: new SimulatedClock() }).start();
    const told: string[] = [];
    const { unsubscribe } = actor.system.inspect((event: InspectionEvent) => told.push(event.type));
    actor.send({ type: "set" });
    const heard = [...told];
    expect(heard).toEqual(
      expect.arrayContaining(["@xstate.event", "@xstate.action", "@xstate.microstep", "@xstate.snapshot"]),
    );
    unsubscribe();
    unsubscribe();
    actor.send({ type: "set" });
    expect(told).toEqual(heard);
  });

  it("tells the second of two who inspect when the first has left twice", () => {
    const actor = createActor(planned(machine), { clock: new SimulatedClock() }).start();
    const told: string[] = [];
    const first = actor.system.inspect(() => {});
    actor.system.inspect((event: InspectionEvent) => told.push(event.type));
    first.unsubscribe();
    first.unsubscribe();
    actor.send({ type: "set" });
    expect(told).toContain("@xstate.event");
  });
});
