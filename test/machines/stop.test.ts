import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const key = "acme.echo.one";

describe("stop", () => {
  it.each(["shutdown", "paused", "removed"] as const)("ends with the reason %s", async (reason) => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send({ type: "stop", reason });
    expect(rig.outputs).toEqual([{ key, reason, failure: null, streamAttempt: 1 }]);
    // A supervisor stops with its last registration that stopped by itself, not with one that was set aside.
    expect(rig.view.standing).toBe(reason === "shutdown" ? "stopped" : "paused");
    expect(rig.clock.size).toBe(0);
  });

  it("[C16 #62] [T12.5 #11] ends the wait for the register answer at once", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.actor.send({ type: "stop", reason: "shutdown" });
    expect(rig.states).toEqual(["connecting", "awaitingRegister.first", "stopped"]);
    expect(rig.clock.now()).toBe(0);
    expect(rig.clock.size).toBe(0);
  });

  it("aborts an opening in flight", () => {
    const rig = rigOf();
    rig.actor.send({ type: "stop", reason: "shutdown" });
    expect(rig.ports.openings[0]?.signal.aborted).toBe(true);
    expect(rig.outputs[0]?.reason).toBe("shutdown");
  });
});

describe("reconnect: false", () => {
  const policy = { reconnect: false };

  it("stops at the first failure to open, with its cause", async () => {
    const rig = rigOf({ policy });
    await rig.openFails("unreachable");
    expect(rig.states).toEqual(["connecting", "stopped"]);
    expect(rig.outputs).toEqual([
      { key, reason: "failed", failure: failureOf("unreachable"), streamAttempt: 1 },
    ]);
  });

  it("[C17 #1] stops at a refusal, a deadline, and the end of the stream", async () => {
    const refused = rigOf({ policy });
    await refused.opened();
    refused.rejected();
    const late = rigOf({ policy });
    await late.opened();
    late.clock.increment(30_000);
    const ended = rigOf({ policy });
    await ended.serving();
    ended.ended("server-closed");
    expect([refused, late, ended].map((rig) => rig.outputs[0]?.failure?.cause)).toEqual([
      "register-refused",
      "register-timeout",
      "server-closed",
    ]);
    expect([refused, late, ended].map((rig) => rig.context.backoffMs)).toEqual([0, 0, 0]);
  });

  it("stops after a planned move has finished its work", async () => {
    const rig = rigOf({ policy });
    await rig.serving();
    rig.peerDraining();
    expect(rig.place).toBe("streaming.moving");
    rig.work({ type: "work.settled" });
    rig.ended("server-closed");
    expect(rig.outputs).toEqual([
      { key, reason: "failed", failure: failureOf("peer-draining"), streamAttempt: 1 },
    ]);
  });
});
