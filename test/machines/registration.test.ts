import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { heartbeatSilence, openingSilence, registerSilence } from "../../machines/silence.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const key = "acme.echo.one";

describe("the way to serving", () => {
  it("registers, serves, and stops at once when told", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send({ type: "stop", reason: "shutdown" });
    expect(rig.states).toEqual(["connecting", "awaitingRegister.first", "streaming.serving", "stopped"]);
    expect(rig.outputs).toEqual([{ key, reason: "shutdown", failure: null, streamAttempt: 1 }]);
    expect(rig.stream().live).toBe(false);
    expect(rig.unexpected).toEqual([]);
  });

  it("gives the opening its attempt, and the stream the handle that came back", async () => {
    const rig = rigOf();
    await rig.opened();
    expect(rig.ports.openings.map(({ input }) => input)).toEqual([
      { onlyAtHand: true, key, streamAttempt: 1 },
      { onlyAtHand: false, key, streamAttempt: 1 },
    ]);
    expect(rig.stream().input).toEqual({ key, handle: "handle-1", streamAttempt: 1 });
  });

  it.each(["approved", "unspecified", "other"] as const)("serves when accepted as %s", async (status) => {
    const rig = rigOf();
    await rig.opened();
    rig.accepted(status, true);
    expect(rig.place).toBe("streaming.serving");
    expect(rig.stream().commands).toEqual(["serve"]);
    expect(rig.view).toMatchObject({ standing: "serving", hasSessionToken: true, accepted: 1 });
    expect(rig.notes).toEqual(status === "other" ? ["approval-other"] : []);
  });

  it("holds approval and credentials that come before the answer, in order, and replays them", async () => {
    const rig = rigOf();
    await rig.opened("anonymous");
    rig.approval("approved");
    rig.issued("early");
    expect(rig.place).toBe("awaitingRegister.first");
    rig.accepted("pending");
    expect(rig.place).toBe("credentialExchange.exchanging");
    expect(rig.notes).toEqual(["approval-approved"]);
    expect(rig.ports.exchanges[0]?.input.offerId).toBe("early");
  });

  it("holds sixteen at most and says what it drops", async () => {
    const rig = rigOf();
    await rig.opened("anonymous");
    for (let count = 0; count < 18; count += 1) rig.approval("pending");
    expect(rig.context.held).toHaveLength(16);
    expect(rig.notes).toEqual(["held-dropped", "held-dropped"]);
  });

  it("only writes down a GOAWAY before it is accepted", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.peerDraining();
    rig.accepted();
    expect(rig.states).toEqual(["connecting", "awaitingRegister.first", "streaming.serving"]);
    expect(rig.notes).toEqual(["peer-draining-later"]);
  });
});

describe("what the gateway says while serving", () => {
  it("[C14 #95] [C16 #62] [T12.5 #7] [T12.5 #8] [A16 70] [A16 71] PENDING and APPROVED keep the stream", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.approval("pending");
    rig.approval("approved");
    expect(rig.states.at(-1)).toBe("streaming.serving");
    expect(rig.stream().live).toBe(true);
  });

  it("[C14 #95] [C16 #62] [T12.5 #9] [A16 72] REJECTED ends the stream, and the next try waits at the slow pace", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.approval("rejected");
    expect(rig.place).toBe("backoff.refused");
    expect(rig.stream().live).toBe(false);
    expect(rig.view).toMatchObject({ backoffMs: 30_000, failure: failureOf("approval-rejected") });
  });
});

describe("losing the link", () => {
  it("[C14 #19] [C17 #2] backs off, doubling, until a stable uptime, and then from the start again", async () => {
    const rig = rigOf();
    const delays: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await rig.serving();
      rig.clock.increment(4_999);
      rig.ended();
      delays.push(rig.context.backoffMs);
      rig.clock.increment(rig.context.backoffMs);
    }
    await rig.serving();
    rig.clock.increment(5_000);
    rig.ended();
    delays.push(rig.context.backoffMs);
    expect(delays).toEqual([500, 1_000, 2_000, 4_000, 500]);
  });

  it("counts the stable uptime from the first acceptance, through an exchange", async () => {
    const rig = rigOf();
    await rig.openFails("unreachable");
    rig.clock.increment(500);
    await rig.pending();
    rig.clock.increment(3_000);
    rig.issued();
    rig.clock.increment(1_999);
    expect(rig.context.attempt).toBe(1);
    rig.clock.increment(1);
    expect(rig.place).toBe("credentialExchange.exchanging");
    expect(rig.context.attempt).toBe(0);
  });

  it("leaves back-off at the delay, not before, with a new attempt number", async () => {
    const rig = rigOf({ random: () => 0.5 });
    await rig.openFails("unreachable");
    expect(rig.view).toMatchObject({ state: "backoff", child: "transient", backoffMs: 750 });
    rig.clock.increment(749);
    expect(rig.place).toBe("backoff.transient");
    rig.clock.increment(1);
    expect(rig.place).toBe("connecting");
    expect(rig.context).toMatchObject({ streamAttempt: 2, backoffMs: 0 });
  });

  it("leaves back-off at once on retry.now", async () => {
    const rig = rigOf();
    await rig.openFails("unreachable");
    rig.actor.send({ type: "retry.now" });
    expect(rig.states).toEqual(["connecting", "backoff.transient", "connecting"]);
    expect(rig.clock.size).toBe(1);
  });

  it("waits at least as long as the peer asks, an hour at most", async () => {
    const rig = rigOf();
    await rig.openFails(failureOf("peer-unavailable", { code: "UNAVAILABLE", retryAfterMs: 12_000 }));
    expect(rig.context.backoffMs).toBe(12_000);
    rig.actor.send({ type: "retry.now" });
    await rig.openFails(failureOf("peer-unavailable", { code: "UNAVAILABLE", retryAfterMs: 1e9 }));
    expect(rig.context.backoffMs).toBe(3_600_000);
  });

  it("gives up an opening that its port never ends, and aborts it", async () => {
    const rig = rigOf();
    // A last resort above the port's own limit, which is what people are told.
    rig.clock.increment(6 * rig.context.policy.connectTimeoutMs - 1);
    expect(rig.place).toBe("connecting");
    rig.clock.increment(1);
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context.failure).toEqual(openingSilence(rig.context.policy));
    expect(rig.ports.openings[0]?.signal.aborted).toBe(true);
  });

  it("[C17 #3] gives up waiting for the answer to the register request after three times the connect timeout", async () => {
    const rig = rigOf({ policy: { connectTimeoutMs: 2_000 } });
    await rig.opened();
    rig.clock.increment(5_999);
    expect(rig.place).toBe("awaitingRegister.first");
    rig.clock.increment(1);
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context.failure).toEqual(registerSilence(rig.context.policy));
    expect(rig.stream().live).toBe(false);
  });

  it("takes a port that throws as an internal failure, not as its own end", async () => {
    const rig = rigOf();
    rig.ports.openings[0]?.reject(new Error("bug"));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.resolve();
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context.failure).toEqual(failureOf("internal"));
  });
});

describe("events of the wire", () => {
  it("drops and counts those of an earlier stream", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.ended();
    rig.actor.send({ type: "retry.now" });
    await rig.opened();
    // By a port that mixes up its streams.
    const { send } = rig.stream();
    send({ type: "stream.accepted", streamAttempt: 1, status: "approved", hasSessionToken: true });
    send({ type: "stream.ended", streamAttempt: 1, failure: failureOf("server-closed") });
    send({ type: "stream.heartbeatAnswered", streamAttempt: 1, shouldReconnect: true });
    expect(rig.place).toBe("awaitingRegister.first");
    expect(rig.context).toMatchObject({ strays: { stale: 3, unexpected: 0 }, hasSessionToken: false });
    expect(rig.emitted).toEqual([
      { type: "unexpected", event: "stream.accepted", origin: "wire", stale: true },
      { type: "unexpected", event: "stream.ended", origin: "wire", stale: true },
      { type: "unexpected", event: "stream.heartbeatAnswered", origin: "wire", stale: true },
    ]);
  });

  it("lets heartbeats begin with the acceptance, and watches none of them while they are answered", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.clock.increment(600_000);
    expect(rig.stream()).toMatchObject({ pulses: 1, commands: ["serve"] });
    expect(rig.actor.getSnapshot().children.liveness).toBeUndefined();
  });

  it("[T12.5 #6] doubts a stream whose heartbeat is late, until the next answer", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.late();
    expect(rig.stream().commands).toEqual(["serve", "heartbeat"]);
    rig.clock.increment(9_999);
    rig.answered();
    expect(rig.actor.getSnapshot().children.liveness).toBeUndefined();
    rig.answered();
    rig.clock.increment(600_000);
    expect(rig.place).toBe("streaming.serving");
    rig.late();
    rig.clock.increment(10_000);
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context.failure).toEqual(heartbeatSilence(rig.context.policy));
    expect(rig.stream().live).toBe(false);
  });

  it("[C14 #23] [C17 #3] gives a stream up exactly at the timeout after the last answer", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.late(44_999);
    expect(rig.place).toBe("streaming.serving");
    rig.clock.increment(1);
    expect(rig.place).toBe("backoff.transient");
  });

  it("leaves no doubt about one stream to the next", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.late();
    rig.ended();
    rig.actor.send({ type: "retry.now" });
    await rig.serving();
    rig.clock.increment(600_000);
    expect(rig.place).toBe("streaming.serving");
  });

  it("counts what a state does not take and goes on", () => {
    const rig = rigOf();
    rig.actor.send({ type: "stream.peerDraining", streamAttempt: 1 });
    expect(rig.place).toBe("connecting");
    expect(rig.context.strays.unexpected).toBe(1);
    expect(rig.emitted).toEqual([
      { type: "unexpected", event: "stream.peerDraining", origin: "wire", stale: false },
    ]);
  });

  it("says whether an unexpected event was one of its own", () => {
    const rig = createOwnUnexpected(rigOf);
    expect(rig).toEqual([{ type: "unexpected", event: "liveness.deaf", origin: "own", stale: false }]);
  });
});

/** Takes the report away again, so that the file's own check for unexpected events does not see it. */
function createOwnUnexpected(make: typeof rigOf) {
  const rig = make();
  rig.actor.send({ type: "liveness.deaf" });
  return rig.emitted.splice(0);
}
