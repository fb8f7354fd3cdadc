/** What the registration makes of what its credentials tell; the credentials machine itself is a stand-in. */
import { describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const unavailable = failureOf("credentials-unavailable", { code: "HTTP_503" });
const refused = failureOf("credentials-refused", { code: "invalid_client" });

describe("credentials while connecting", () => {
  it("that need a step come first: no stream is opened before, and none at all without them", async () => {
    const rig = rigOf({ hasCredentials: false });
    await rig.notAtHand();
    expect(rig.ports.openings.map(({ input }) => input.onlyAtHand)).toEqual([true]);
    expect(rig.view).toMatchObject({ state: "connecting", child: null });
    expect(rig.view.next.what).toContain("credentials");
    rig.credentials().send({ type: "credentials.failed", failure: unavailable });
    expect(rig.place).toBe("backoff.transient");
    expect(rig.ports.openings).toHaveLength(1);
    expect(rig.credentials().live).toBe(false);
  });

  it("[W-17] refused: waits at the slow pace, and the failure tells a person which", async () => {
    const rig = rigOf({ hasCredentials: false });
    await rig.notAtHand();
    rig.credentials().send({ type: "credentials.failed", failure: refused });
    expect(rig.view).toMatchObject({
      state: "backoff",
      child: "refused",
      backoffMs: 30_000,
      failure: refused,
    });
    expect(rig.clock.size).toBe(1);
  });

  it("[W-23] honours the token server's Retry-After", async () => {
    const rig = rigOf({ hasCredentials: false });
    await rig.notAtHand();
    const failure = { ...unavailable, retryAfterMs: 90_000 };
    rig.credentials().send({ type: "credentials.failed", failure });
    expect(rig.context.backoffMs).toBe(90_000);
  });

  it("that fail leave a session token to register alone", async () => {
    const rig = rigOf({ hasCredentials: false });
    await rig.notAtHand();
    rig.credentials().send({ type: "credentials.ready", source: "saved" });
    await rig.opened("saved", true);
    rig.accepted("approved", true);
    rig.ended();
    rig.clock.increment(rig.context.backoffMs);
    rig.credentials().send({ type: "credentials.failed", failure: unavailable });
    expect(rig.ports.openings).toHaveLength(3);
    await rig.opened("session", true);
    expect(rig.view).toMatchObject({ state: "awaitingRegister", credentialSource: "session" });
  });

  it("tell of each try, so that the journal shows why it takes long", async () => {
    const rig = rigOf({ hasCredentials: false });
    await rig.notAtHand();
    rig.credentials().send({ type: "credentials.retrying", failure: unavailable });
    expect(rig.emitted).toEqual([{ type: "note", code: "credentials-retrying", failure: unavailable }]);
    expect(rig.view.state).toBe("connecting");
  });
});

describe("credentials while a stream is open", () => {
  it("that cannot be renewed leave the stream alone and show their cause until they can", async () => {
    const rig = rigOf();
    await rig.notAtHand();
    await rig.serving();
    rig.credentials().send({ type: "credentials.failed", failure: refused });
    expect(rig.view).toMatchObject({ standing: "serving", failure: refused });
    rig.credentials().send({ type: "credentials.ready", source: "saved" });
    expect(rig.view).toMatchObject({ standing: "serving", failure: null });
    expect(rig.notes).toEqual(["credentials-failed", "credentials-ready"]);
    expect(rig.stream().live).toBe(true);
  });

  it("with nothing to renew are gone", async () => {
    const rig = rigOf();
    await rig.notAtHand();
    await rig.serving();
    expect(Object.keys(rig.actor.getSnapshot().children)).toContain("credentials");
    rig.actor.send({ type: "xstate.done.actor.credentials" });
    expect(Object.keys(rig.actor.getSnapshot().children)).not.toContain("credentials");
  });

  it("end with the stream, and start anew with the next", async () => {
    const rig = rigOf();
    await rig.notAtHand();
    await rig.serving();
    rig.ended();
    expect(rig.ports.credentials.map(({ live }) => live)).toEqual([false]);
    rig.clock.increment(rig.context.backoffMs);
    expect(rig.ports.credentials.map(({ live }) => live)).toEqual([false, true]);
  });

  it("and take no step have no actor of their own, neither at first nor when the stream comes back", async () => {
    const rig = rigOf();
    for (const source of ["anonymous", "explicit", "environment", "session"] as const) {
      await rig.serving(source);
      rig.ended();
      rig.clock.increment(rig.context.backoffMs);
    }
    expect(rig.ports.openings.map(({ input }) => input.onlyAtHand)).toEqual([true, true, true, true, true]);
    expect(rig.ports.credentials).toEqual([]);
  });

  it("are asked for their steps when what was at hand is so no more", async () => {
    const rig = rigOf();
    await rig.serving("anonymous");
    rig.ended();
    rig.clock.increment(rig.context.backoffMs);
    await rig.notAtHand();
    expect(rig.ports.openings.map(({ input }) => input.onlyAtHand)).toEqual([true, true, false]);
    expect(rig.ports.credentials.map(({ live }) => live)).toEqual([true]);
    await rig.serving("saved");
    expect(rig.place).toBe("streaming.serving");
  });

  it("of a stream that is changed for a fresh one end before it opens", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 0 } });
    await rig.pending("anonymous");
    rig.clock.increment(rig.policy.stableUptimeMs);
    rig.issued();
    await rig.exchangeFails("credentials-unavailable");
    rig.peerDraining();
    rig.work({ type: "work.settled" });
    rig.ended();
    expect(rig.view.state).toBe("connecting");
    expect(rig.ports.credentials.map(({ live }) => live)).toEqual([false, false]);
  });

  it("[W-6] [W-10] from a mounted key are not given up for what the gateway issues", async () => {
    const rig = rigOf();
    await rig.pending("mounted-key");
    rig.issued();
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.notes).toEqual(["credentials-ignored"]);
  });

  it("[W-8] that come only after an exchange was given up register on the same stream, without anybody's approval", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 0 } });
    await rig.pending();
    rig.issued();
    await rig.exchangeFails("credentials-unavailable");
    expect(rig.place).toBe("streaming.pendingApproval");
    expect(rig.credentials().input).toMatchObject({ offerId: null, renew: false });
    rig.credentials().send({ type: "credentials.failed", failure: unavailable });
    expect(rig.place).toBe("streaming.pendingApproval");
    rig.credentials().send({ type: "credentials.ready", source: "saved" });
    expect(rig.place).toBe("awaitingRegister.again");
    rig.accepted("approved", true);
    expect(rig.view).toMatchObject({ standing: "serving", credentialSource: "saved", failure: null });
    expect(rig.ports.streams).toHaveLength(1);
  });

  it("that are still none leave a pending registration waiting", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 0 } });
    await rig.pending();
    rig.issued();
    await rig.exchangeFails("credentials-exchange-failed");
    rig.credentials().send({ type: "credentials.ready", source: "anonymous" });
    expect(rig.place).toBe("streaming.pendingApproval");
  });

  it("whose machine fails are noted, and the stream goes on", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.actor.send({ type: "xstate.error.actor.credentials", error: new Error("bug") });
    expect(rig.view).toMatchObject({ standing: "serving", failure: { cause: "internal" } });
  });

  it("[W-23] an exchange waits as long as Retry-After asks before its next try", async () => {
    const rig = rigOf();
    await rig.pending();
    rig.issued();
    await rig.exchangeFails(failureOf("credentials-exchange-failed", { retryAfterMs: 20_000 }));
    expect(rig.context.exchange.delayMs).toBe(20_000);
  });
});
