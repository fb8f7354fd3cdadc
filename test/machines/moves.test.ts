import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();

describe("a planned move to a fresh stream", () => {
  it.each(["peer-draining", "should-reconnect"] as const)(
    "on %s holds intake, finishes, and connects without back-off",
    async (cause) => {
      const rig = rigOf();
      await rig.serving();
      if (cause === "peer-draining") rig.peerDraining();
      else rig.answered(true);
      expect(rig.ports.works.map(({ mode }) => mode)).toEqual(["hold"]);
      rig.work({ type: "work.finished", unconfirmed: 2 });
      expect(rig.stream().commands).toEqual(["serve", "finish"]);
      rig.ended("server-closed");
      expect(rig.states).toEqual([
        "connecting",
        "awaitingRegister.first",
        "streaming.serving",
        "streaming.moving",
        "connecting",
      ]);
      expect(rig.clock.now()).toBe(0);
      expect(rig.context).toMatchObject({ attempt: 1, backoffMs: 0, failure: failureOf(cause) });
      expect(rig.ports.works[0]?.live).toBe(false);
    },
  );

  it("waits for running work no longer than the grace, and for the peer no longer than a second", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.clock.increment(9_999);
    expect(rig.stream().commands).toEqual(["serve"]);
    rig.clock.increment(1);
    expect(rig.stream().commands).toEqual(["serve", "finish"]);
    rig.clock.increment(999);
    expect(rig.place).toBe("streaming.moving");
    rig.clock.increment(1);
    expect(rig.place).toBe("connecting");
    expect(rig.stream().live).toBe(false);
  });

  it("goes through back-off when the next is asked before a stable uptime", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.ended();
    await rig.serving();
    rig.peerDraining();
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context).toMatchObject({ backoffMs: 1_000, failure: failureOf("peer-draining") });
  });

  it("is free again after a stable uptime", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.ended();
    await rig.serving();
    rig.clock.increment(5_000);
    rig.answered(true);
    expect(rig.place).toBe("streaming.moving");
  });

  it("is also made by a registration that waits for approval", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.peerDraining();
    rig.work({ type: "work.settled" });
    rig.ended();
    expect(rig.place).toBe("connecting");
  });

  it("turns into a drain when told", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.actor.send({ type: "drain", deadlineMs: 20_000 });
    expect(rig.place).toBe("streaming.draining");
    expect(rig.ports.works.map(({ mode, live }) => [mode, live])).toEqual([
      ["hold", false],
      ["drain", true],
    ]);
  });

  it("aborts handlers on work.cancel", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.actor.send({ type: "work.cancel" });
    expect(rig.ports.works[0]?.commands).toEqual(["cancel"]);
  });

  it("is cut short by an administrator's no", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.peerDraining();
    rig.approval("rejected");
    expect(rig.place).toBe("backoff.refused");
  });
});
