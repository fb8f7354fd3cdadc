import { describe, expect, it } from "vitest";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();

describe("approval and the credential exchange", () => {
  it("[C14 #22] [A14 anonymous→approve→in-stream JWT] register again on the same stream and serve", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.approval("approved");
    rig.issued("offer-7");
    await rig.exchanged();
    rig.accepted("approved", true);
    expect(rig.states).toEqual([
      "connecting",
      "awaitingRegister.first",
      "streaming.pendingApproval",
      "credentialExchange.exchanging",
      "awaitingRegister.again",
      "streaming.serving",
    ]);
    expect(rig.ports.exchanges.map(({ input }) => [input.key, input.offerId])).toEqual([
      ["acme.echo.one", "offer-7"],
    ]);
    expect(rig.ports.streams).toHaveLength(1);
    expect(rig.stream().commands).toEqual(["register", "serve"]);
    expect(rig.view).toMatchObject({ credentialSource: "saved", hasSessionToken: true, standing: "serving" });
  });

  it("[W-15] PENDING is not serving: nothing is taken to work", async () => {
    const rig = rigOf();
    await rig.pending();
    expect(rig.stream().commands).toEqual([]);
    expect(rig.view.standing).toBe("pendingApproval");
    rig.approval("pending");
    expect(rig.place).toBe("streaming.pendingApproval");
  });

  it("[W-19] [A14 reject then approve] ends a pending stream, and asks again later", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.approval("rejected");
    expect(rig.view).toMatchObject({ state: "backoff", child: "refused", backoffMs: 30_000 });
    rig.clock.increment(30_000);
    await rig.pending();
    expect(rig.place).toBe("streaming.pendingApproval");
  });

  it("[W-15] registers afresh once when an approval brings no credentials, and then waits", async () => {
    const rig = rigOf();
    rig.ports.answers = true;
    await rig.pending();
    expect(rig.view).toMatchObject({ meaning: expect.stringContaining("administrator"), advice: "approval" });
    rig.approval("approved");
    expect(rig.view).toMatchObject({ meaning: "approved, waiting for credentials of its own", advice: null });
    rig.clock.increment(59_999);
    expect(rig.place).toBe("streaming.pendingApproval");
    rig.clock.increment(1);
    expect(rig.place).toBe("awaitingRegister.again");
    rig.accepted("pending");
    rig.approval("approved");
    rig.clock.increment(600_000);
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.stream().commands.filter((command) => command === "register")).toEqual(["register"]);
    expect(rig.notes.filter((note) => note === "approval-stalled")).toHaveLength(2);
    const meaning = "approved, but the gateway has sent no credentials";
    expect(rig.view).toMatchObject({ meaning, advice: "credentialsDue", standing: "pendingApproval" });
    rig.issued("offer-1", "own");
    expect(rig.place).toBe("credentialExchange.exchanging");
  });

  it.each([
    ["somebody else's", "offer-1", "other"],
    ["without a token", null, "own"],
  ] as const)(
    "[W-10] [A14 credentials_issued for another gateway_id] ignores credentials %s",
    async (_, id, to) => {
      const rig = rigOf();
      await rig.pending();
      rig.issued(id, to);
      expect(rig.place).toBe("streaming.pendingApproval");
      expect(rig.notes).toEqual(["credentials-ignored"]);
      expect(rig.ports.exchanges).toEqual([]);
    },
  );

  it("[W-10] ignores credentials while serving with an identity, and takes them while anonymous", async () => {
    const known = rigOf();
    await known.serving("saved");
    known.issued();
    expect(known.place).toBe("streaming.serving");
    expect(known.notes).toEqual(["credentials-ignored"]);
    const unknown = rigOf();
    await unknown.serving("anonymous");
    unknown.issued("offer-1", "none");
    expect(unknown.place).toBe("credentialExchange.exchanging");
  });

  it("ignores a second offer while one is being exchanged", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued("one");
    rig.issued("two");
    expect(rig.ports.exchanges.map(({ input }) => input.offerId)).toEqual(["one"]);
    expect(rig.notes).toEqual(["credentials-ignored"]);
  });

  it("[A16 #73] keeps the stream, its heartbeats and its watchdog while it exchanges", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.clock.set(20_000);
    rig.issued();
    rig.clock.set(35_000);
    rig.late();
    expect(rig.stream().commands).toEqual(["heartbeat"]);
    rig.clock.set(44_999);
    expect(rig.place).toBe("credentialExchange.exchanging");
    rig.clock.set(45_000);
    expect(rig.place).toBe("backoff.transient");
    expect(rig.ports.exchanges[0]?.live).toBe(false);
  });
});

describe("an exchange that fails", () => {
  it("is tried again on the same stream with the back-off formula, then left to the gateway", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 2 } });
    rig.ports.answers = true;
    await rig.pending();
    rig.issued();
    const delays: number[] = [];
    for (let retry = 0; retry < 2; retry += 1) {
      await rig.exchangeFails("credentials-exchange-failed");
      expect(rig.place).toBe("credentialExchange.waiting");
      delays.push(rig.context.exchange.delayMs);
      rig.clock.increment(rig.context.exchange.delayMs);
    }
    await rig.exchangeFails("credentials-exchange-failed");
    expect(delays).toEqual([500, 1_000]);
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.notes).toEqual(["exchange-failed", "exchange-failed", "exchange-spent"]);
    expect(rig.view.failure?.cause).toBe("credentials-exchange-failed");
    expect(rig.ports.streams).toHaveLength(1);
    rig.clock.increment(60_000);
    expect(rig.place).toBe("awaitingRegister.again");
  });

  it("is tried again when the credentials machine fails or never ends, as often as any other", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 2 } });
    rig.ports.answers = true;
    await rig.pending();
    rig.issued();
    rig.actor.send({ type: "xstate.error.actor.credentials", error: new Error("bug") });
    expect(rig.view).toMatchObject({ child: "waiting", failure: { cause: "internal" } });
    rig.clock.increment(500);
    rig.clock.increment(240_000);
    expect(rig.place).toBe("credentialExchange.waiting");
    rig.clock.increment(1_000);
    rig.actor.send({ type: "xstate.error.actor.credentials", error: new Error("bug") });
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.notes).toEqual(["exchange-failed", "exchange-failed", "exchange-spent"]);
  });

  it("is given up at its own deadline when it never ends", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 0 } });
    rig.ports.answers = true;
    await rig.pending();
    rig.issued();
    rig.clock.increment(240_000);
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.notes).toEqual(["exchange-spent"]);
  });

  it("is over with a fresh offer's success", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 0 } });
    await rig.pending();
    rig.issued("one");
    await rig.exchangeFails("credentials-exchange-failed");
    rig.issued("two");
    await rig.exchanged();
    rig.accepted();
    expect(rig.place).toBe("streaming.serving");
    expect(rig.view.failure).toBeNull();
  });

  it("[A14 OTT reuse] with a consumed token registers afresh, twice at most", async () => {
    const rig = rigOf();
    for (let round = 0; round < 3; round += 1) {
      await rig.pending();
      rig.issued(`offer-${round}`);
      await rig.exchangeFails("one-time-token-consumed");
    }
    const life = ["awaitingRegister.first", "streaming.pendingApproval", "credentialExchange.exchanging"];
    expect(rig.states).toEqual([
      "connecting",
      ...life,
      "connecting",
      ...life,
      "connecting",
      ...life,
      "backoff.refused",
    ]);
    expect(rig.context.backoffMs).toBe(30_000);
    expect(rig.ports.streams.map(({ live }) => live)).toEqual([false, false, false]);
  });

  it("with a consumed token has no actor for its credentials while it registers afresh", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchangeFails("one-time-token-consumed");
    expect(rig.view.state).toBe("connecting");
    expect(rig.ports.credentials.map(({ live }) => live)).toEqual([false]);
    expect(Object.keys(rig.actor.getSnapshot().children)).not.toContain("credentials");
  });

  it("counts consumed tokens anew after it has served", async () => {
    const rig = rigOf();
    for (let round = 0; round < 2; round += 1) {
      await rig.pending();
      rig.issued();
      await rig.exchangeFails("one-time-token-consumed");
    }
    await rig.serving();
    expect(rig.context.registersAgain.fresh).toBe(0);
  });

  it("[A14 restart with revoked client] with refused credentials waits at the slow pace", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchangeFails("credentials-refused");
    expect(rig.view).toMatchObject({ state: "backoff", child: "refused", backoffMs: 30_000 });
  });
});

describe("a second register request on the stream", () => {
  it("that is refused leads back to waiting", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchanged();
    rig.rejected();
    expect(rig.states.slice(-2)).toEqual(["awaitingRegister.again", "streaming.pendingApproval"]);
    expect(rig.context.rejections).toBe(1);
  });

  it("from serving, that is refused leads back to serving", async () => {
    const rig = rigOf();
    await rig.serving("anonymous");
    rig.issued();
    await rig.exchanged();
    rig.rejected();
    expect(rig.states.slice(-2)).toEqual(["awaitingRegister.again", "streaming.serving"]);
    expect(rig.stream().live).toBe(true);
  });

  it("that is late leads back, and its answer still counts", async () => {
    const rig = rigOf();
    rig.ports.answers = true;
    await rig.pending();
    rig.issued();
    await rig.exchanged();
    rig.clock.increment(30_000);
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.notes).toEqual(["register-again-late"]);
    rig.accepted("approved", true);
    expect(rig.place).toBe("streaming.serving");
    expect(rig.unexpected).toEqual([]);
  });

  it("after an approval is tried once more when it was refused", async () => {
    const rig = rigOf();
    rig.ports.answers = true;
    await rig.pending();
    rig.approval("approved");
    rig.issued();
    await rig.exchanged();
    rig.rejected();
    rig.clock.increment(60_000);
    expect(rig.place).toBe("awaitingRegister.again");
    rig.accepted();
    expect(rig.place).toBe("streaming.serving");
  });

  it("[A16 #87] [T12.7 #14] that is on its way is left with the stream", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    const exchange = rig.ports.credentials.at(-1);
    expect(exchange?.live).toBe(true);
    rig.ended();
    expect(rig.place).toBe("backoff.transient");
    expect(exchange?.live).toBe(false);
  });

  it("that has succeeded ends with the stream", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchanged();
    rig.ended();
    expect(rig.place).toBe("backoff.transient");
  });

  it("ends with an administrator's no", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchanged();
    rig.approval("rejected");
    expect(rig.place).toBe("backoff.refused");
  });
});
