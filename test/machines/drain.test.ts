import { describe, expect, it } from "vitest";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const drain = { type: "drain", deadlineMs: 20_000 } as const;

describe("drain with nothing left to do", () => {
  it("stops at once while connecting", () => {
    const rig = rigOf();
    rig.ports.workSays = { type: "work.settled" };
    rig.actor.send(drain);
    expect(rig.states).toEqual(["connecting", "stopped"]);
    expect(rig.outputs[0]).toMatchObject({ reason: "shutdown" });
    expect(rig.clock.size).toBe(0);
  });

  it("stops at once while awaiting the first answer", async () => {
    const rig = rigOf();
    rig.ports.workSays = { type: "work.settled" };
    await rig.opened();
    rig.actor.send(drain);
    expect(rig.states).toEqual(["connecting", "awaitingRegister.first", "stopped"]);
  });

  it("stops at once in back-off", async () => {
    const rig = rigOf();
    rig.ports.workSays = { type: "work.settled" };
    await rig.openFails("unreachable");
    rig.actor.send(drain);
    expect(rig.states).toEqual(["connecting", "backoff.transient", "stopped"]);
  });

  it("stops at once while pending, whatever is left", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.actor.send(drain);
    expect(rig.place).toBe("stopped");
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });

  it("half-closes while serving, and stops with the peer's end", async () => {
    const rig = rigOf();
    rig.ports.workSays = { type: "work.settled" };
    await rig.serving();
    rig.actor.send(drain);
    expect(rig.place).toBe("streaming.draining");
    expect(rig.stream().commands.at(-1)).toBe("finish");
    rig.ended("server-closed");
    expect(rig.place).toBe("stopped");
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });
});

describe("drain with work to finish", () => {
  it("waits for it, confirms its results by a heartbeat, and half-closes when all is settled", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.work({ type: "work.finished", unconfirmed: 2 });
    rig.answered();
    rig.work({ type: "work.settled" });
    expect(rig.stream().commands).toEqual(["serve", "serve", "heartbeat", "heartbeat", "finish"]);
    rig.clock.increment(999);
    expect(rig.place).toBe("streaming.draining");
    rig.clock.increment(1);
    expect(rig.states.slice(-2)).toEqual(["streaming.draining", "stopped"]);
  });

  it("stops at the deadline, finished or not", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.clock.increment(19_999);
    expect(rig.place).toBe("streaming.draining");
    rig.clock.increment(1);
    expect(rig.outputs).toEqual([
      { key: "acme.echo.one", reason: "shutdown", failure: null, streamAttempt: 1 },
    ]);
  });

  it("goes on connecting to hand results over, over lost links, until they are settled", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.work({ type: "work.finished", unconfirmed: 2 });
    rig.ended();
    rig.clock.increment(500);
    await rig.opened();
    rig.accepted();
    rig.work({ type: "work.settled" });
    rig.ended("server-closed");
    expect(rig.states).toEqual([
      "connecting",
      "awaitingRegister.first",
      "streaming.serving",
      "streaming.draining",
      "backoff.transient",
      "connecting",
      "awaitingRegister.first",
      "streaming.handingOver",
      "stopped",
    ]);
    expect(rig.stream().commands).toEqual(["serve", "heartbeat", "finish"]);
    expect(rig.ports.works).toHaveLength(1);
  });

  it("without a stream comes back once, when nothing runs any more", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.ended("server-closed");
    rig.clock.increment(500);
    expect(rig.place).toBe("backoff.finishing");
    rig.actor.send({ type: "retry.now" });
    rig.clock.increment(5_000);
    expect(rig.place).toBe("backoff.finishing");
    rig.work({ type: "work.finished", unconfirmed: 3 });
    expect(rig.place).toBe("connecting");
    await rig.opened();
    rig.accepted();
    expect(rig.place).toBe("streaming.handingOver");
    expect(rig.stream().commands).toEqual(["serve", "heartbeat"]);
  });

  it("leaves a stream that it had begun to open, when handlers still run as it is accepted", async () => {
    const rig = rigOf();
    rig.actor.send(drain);
    await rig.opened();
    rig.accepted();
    expect(rig.place).toBe("backoff.finishing");
    expect(rig.stream().live).toBe(false);
    rig.clock.increment(20_000);
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });

  it("leaves the stream that it took back a moment ago: a successor may wait for it", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.ended("server-closed");
    rig.clock.increment(500);
    await rig.opened();
    rig.accepted();
    rig.actor.send(drain);
    expect(rig.place).toBe("backoff.finishing");
    expect(rig.stream().live).toBe(false);
    rig.work({ type: "work.settled" });
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });

  it("comes back also when nobody can say any more whether handlers run", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.ended();
    rig.clock.increment(500);
    expect(rig.place).toBe("backoff.finishing");
    rig.actor.send({ type: "xstate.error.actor.drain", error: new Error("port"), actorId: "drain" } as never);
    expect(rig.place).toBe("connecting");
  });

  it("goes on connecting until the deadline at most", async () => {
    const rig = rigOf();
    rig.actor.send(drain);
    await rig.openFails("unreachable");
    rig.clock.increment(20_000);
    expect(rig.place).toBe("stopped");
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });

  it("hands nothing over on the word of an earlier stream, or of an administrator's no", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.work({ type: "work.finished", unconfirmed: 1 });
    rig.ended();
    rig.clock.increment(500);
    await rig.opened();
    rig
      .stream()
      .send({ type: "stream.accepted", streamAttempt: 1, status: "approved", hasSessionToken: false });
    expect(rig.place).toBe("awaitingRegister.first");
    rig.accepted("rejected");
    expect(rig.place).toBe("backoff.refused");
  });

  it("stops when the gateway makes it pending: nobody would take the results", async () => {
    const rig = rigOf();
    rig.actor.send(drain);
    await rig.opened();
    rig.accepted("pending");
    expect(rig.place).toBe("stopped");
  });

  it("leaves an exchange and a second register request behind, and takes a late answer calmly", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    rig.actor.send(drain);
    expect(rig.place).toBe("streaming.draining");
    expect(rig.ports.exchanges[0]?.live).toBe(false);
    const again = rigOf();
    await again.pending();
    again.issued();
    await again.exchanged();
    again.actor.send(drain);
    again.accepted("approved");
    expect(again.place).toBe("streaming.draining");
    expect(again.unexpected).toEqual([]);
  });

  it("aborts handlers on work.cancel", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.actor.send({ type: "work.cancel" });
    expect(rig.ports.works[0]?.commands).toEqual(["cancel"]);
  });

  it("keeps the first deadline when told twice", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.clock.increment(10_000);
    rig.actor.send({ type: "drain", deadlineMs: 100_000 });
    rig.clock.increment(10_000);
    expect(rig.place).toBe("stopped");
  });

  it("stops at once on stop", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send(drain);
    rig.actor.send({ type: "stop", reason: "removed" });
    expect(rig.outputs[0]?.reason).toBe("removed");
    expect(rig.clock.size).toBe(0);
  });

  it.each([Number.NaN, -5, Number.POSITIVE_INFINITY, 1e12])("takes a deadline of %s", async (deadlineMs) => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send({ type: "drain", deadlineMs });
    rig.clock.increment(1);
    expect(rig.place).toBe(deadlineMs > 0 ? "streaming.draining" : "stopped");
  });
});
