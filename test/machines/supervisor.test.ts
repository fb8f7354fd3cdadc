import { afterEach, describe, expect, it } from "vitest";
import { createActor, fromCallback } from "xstate";
import type { PartitionsCommand, PartitionsEvent, Standing } from "../../machines/ports.js";
import { type SupervisorEmitted, supervisorMachine } from "../../machines/supervisor.js";
import { activeRegistrations, drainStage, isReady, supervisorPhase } from "../../machines/supervisor-view.js";
import { StepClock } from "./clock.js";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

function supervisorOf() {
  const clock = new StepClock();
  const commands: string[] = [];
  const emitted: SupervisorEmitted[] = [];
  const errors: unknown[] = [];
  let tell: (event: PartitionsEvent) => void = () => {};
  let live = false;
  const machine = supervisorMachine.provide({
    actors: {
      partitions: fromCallback<PartitionsCommand, { readonly partitionSize: number }>(
        ({ sendBack, receive }) => {
          tell = sendBack;
          live = true;
          receive((command) => commands.push(`${clock.now()} ${command.type}`));
          return () => {
            live = false;
          };
        },
      ),
    },
  });
  const actor = createActor(machine, { input: { partitionSize: 32 }, clock });
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.on("*", (event) => emitted.push(event));
  actor.start();
  ends.push(() => {
    actor.stop();
    expect(errors).toEqual([]);
  });
  const move = (_key: string, from: Standing | null, to: Standing | null) =>
    tell({ type: "registrations.moved", movements: [{ from, to }] });
  return {
    actor,
    clock,
    commands,
    emitted,
    move,
    tell: (event: PartitionsEvent) => tell(event),
    get live() {
      return live;
    },
    get ready() {
      return isReady(actor.getSnapshot());
    },
    get phase() {
      return supervisorPhase(actor.getSnapshot());
    },
    get stage() {
      return drainStage(actor.getSnapshot());
    },
  };
}

describe("readiness", () => {
  it("is all serving, and at least one", () => {
    const supervisor = supervisorOf();
    expect(supervisor.ready).toBe(false);
    supervisor.move("a", null, "serving");
    expect(supervisor.ready).toBe(true);
    supervisor.move("b", null, "connecting");
    expect(supervisor.ready).toBe(false);
    supervisor.move("b", "connecting", "pendingApproval");
    expect(supervisor.ready).toBe(false);
    supervisor.move("b", "pendingApproval", "serving");
    expect(supervisor.ready).toBe(true);
    supervisor.move("b", "serving", null);
    expect(supervisor.ready).toBe(true);
    supervisor.move("a", "serving", null);
    expect(supervisor.ready).toBe(false);
  });

  it("ends with a drain", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "drain", deadlineMs: 1_000 });
    expect(supervisor.ready).toBe(false);
  });
});

describe("running", () => {
  it("passes every registration command on, and counts", () => {
    const supervisor = supervisorOf();
    const key = "a";
    for (const type of ["remove", "pause", "resume", "restart", "retryNow"] as const)
      supervisor.actor.send({ type: `registration.${type}`, key });
    supervisor.move("a", null, "connecting");
    supervisor.move("b", null, "parked");
    expect(supervisor.commands).toEqual([
      "0 registration.remove",
      "0 registration.pause",
      "0 registration.resume",
      "0 registration.restart",
      "0 registration.retryNow",
    ]);
    expect(supervisor.actor.getSnapshot().context.counts).toMatchObject({ connecting: 1, parked: 1 });
    expect(activeRegistrations(supervisor.actor.getSnapshot())).toBe(1);
  });

  it("reports a partition that failed and goes on", () => {
    const supervisor = supervisorOf();
    supervisor.tell({ type: "partition.failed", partition: 2, registrations: 12 });
    expect(supervisor.emitted).toEqual([{ type: "partition.failed", partition: 2, registrations: 12 }]);
    expect(supervisor.actor.getSnapshot().context.partitionFailures).toBe(1);
    expect(supervisor.phase).toBe("running");
  });

  it("stops when the last registration has stopped for good, not when one is paused", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "connecting");
    supervisor.move("b", null, "paused");
    supervisor.move("a", "connecting", "stopped");
    expect(supervisor.phase).toBe("running");
    supervisor.move("b", "paused", "stopped");
    expect(supervisor.phase).toBe("stopped");
    expect(supervisor.live).toBe(false);
  });

  it("stops and says why when its port fails", () => {
    const supervisor = supervisorOf();
    const error = new Error("bug");
    // The port's own failure, as XState reports it.
    supervisor.actor.send({ type: "xstate.error.actor.partitions", error, actorId: "partitions" } as never);
    expect(supervisor.phase).toBe("stopped");
    expect(supervisor.emitted).toEqual([{ type: "partitions.failed", error }]);
  });
});

describe("drain", () => {
  it("goes through finishing, cancelling and forced, at the shares of its deadline", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "drain", deadlineMs: 10_000 });
    const stages: unknown[] = [];
    for (const ms of [0, 7_999, 8_000, 9_999, 10_000, 14_999, 15_000]) {
      supervisor.clock.set(ms);
      stages.push([ms, supervisor.phase, supervisor.stage]);
    }
    expect(stages).toEqual([
      [0, "draining", "finishing"],
      [7_999, "draining", "finishing"],
      [8_000, "draining", "cancelling"],
      [9_999, "draining", "cancelling"],
      [10_000, "draining", "forced"],
      [14_999, "draining", "forced"],
      [15_000, "stopped", null],
    ]);
    expect(supervisor.commands).toEqual(["0 drain", "8000 cancel", "10000 stop"]);
    expect(supervisor.clock.size).toBe(0);
  });

  it("is over as soon as the last has stopped", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.move("b", null, "parked");
    supervisor.actor.send({ type: "drain", deadlineMs: 10_000 });
    supervisor.move("a", "serving", "draining");
    expect(supervisor.phase).toBe("draining");
    supervisor.move("a", "draining", "stopped");
    expect(supervisor.phase).toBe("stopped");
    expect(supervisor.live).toBe(false);
  });

  it("with nothing registered is over at once", () => {
    const supervisor = supervisorOf();
    supervisor.actor.send({ type: "drain", deadlineMs: 10_000 });
    expect(supervisor.phase).toBe("stopped");
  });

  it("takes no new registration and no second drain", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "drain", deadlineMs: 10_000 });
    supervisor.actor.send({ type: "drain", deadlineMs: 99_000 });
    supervisor.actor.send({ type: "registration.resume", key: "b" });
    supervisor.actor.send({ type: "registration.retryNow", key: "a" });
    expect(supervisor.commands).toEqual(["0 drain", "0 registration.retryNow"]);
    supervisor.clock.set(10_000);
    expect(supervisor.stage).toBe("forced");
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])("takes a deadline of %s", (deadlineMs) => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "drain", deadlineMs });
    supervisor.clock.increment(1);
    expect(supervisor.stage).toBe(deadlineMs > 0 ? "finishing" : "forced");
  });
});

describe("close", () => {
  it("stops all at once and waits for them, five seconds at most", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "close" });
    expect(supervisor.commands).toEqual(["0 stop"]);
    expect(supervisor.phase).toBe("draining");
    supervisor.clock.set(4_999);
    expect(supervisor.phase).toBe("draining");
    supervisor.clock.set(5_000);
    expect(supervisor.phase).toBe("stopped");
  });

  it("cuts a drain short", () => {
    const supervisor = supervisorOf();
    supervisor.move("a", null, "serving");
    supervisor.actor.send({ type: "drain", deadlineMs: 10_000 });
    supervisor.actor.send({ type: "close" });
    supervisor.move("a", "draining", "stopped");
    expect(supervisor.phase).toBe("stopped");
    expect(supervisor.commands).toEqual(["0 drain", "0 stop"]);
  });
});
