import { describe, expect, it } from "vitest";
import { readableEvent } from "../../machines/event-names.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();

describe("the view of a registration", () => {
  it("says where it stands, what led there and what happens next, in every state", async () => {
    const rig = rigOf({ policy: { exchangeRetries: 1 } });
    const seen: unknown[] = [];
    const look = () => {
      const { state, child, standing, event, registered, next } = rig.view;
      seen.push([state, child, standing, event, registered, next.afterMs]);
    };
    look();
    await rig.openFails("unreachable");
    look();
    rig.clock.increment(500);
    look();
    await rig.opened("anonymous");
    look();
    rig.accepted("pending");
    look();
    rig.approval("approved");
    look();
    rig.issued();
    look();
    await rig.exchangeFails("credentials-exchange-failed");
    look();
    rig.clock.increment(500);
    await rig.exchanged();
    look();
    rig.accepted();
    look();
    rig.clock.increment(5_000);
    rig.peerDraining();
    look();
    rig.actor.send({ type: "drain", deadlineMs: 5_000 });
    look();
    rig.actor.send({ type: "stop", reason: "paused" });
    look();
    expect(seen).toEqual([
      ["connecting", null, "connecting", "start", false, 10_000],
      ["backoff", "transient", "backoff", "opening done", false, 500],
      ["connecting", null, "connecting", "after backoffDelay", false, 10_000],
      ["awaitingRegister", "first", "awaitingRegister", "opening done", false, 30_000],
      ["streaming", "pendingApproval", "pendingApproval", "stream.accepted", true, null],
      ["streaming", "pendingApproval", "pendingApproval", "stream.accepted", true, 60_000],
      ["credentialExchange", "exchanging", "credentialExchange", "stream.credentialsIssued", true, null],
      ["credentialExchange", "waiting", "credentialExchange", "stream.credentialsIssued", true, 500],
      ["awaitingRegister", "again", "awaitingRegister", "credentials.ready", true, 30_000],
      ["streaming", "serving", "serving", "stream.accepted", true, null],
      ["streaming", "moving", "connecting", "stream.peerDraining", true, 10_000],
      ["streaming", "draining", "draining", "drain", true, null],
      ["stopped", null, "paused", "stop", false, null],
    ]);
  });

  it("names a cause until the next acceptance, and a refusal as one", async () => {
    const rig = rigOf();
    await rig.opened();
    rig.rejected();
    expect(rig.view).toMatchObject({ child: "refused", failure: { cause: "register-refused" }, attempt: 1 });
    rig.actor.send({ type: "retry.now" });
    await rig.serving();
    expect(rig.view.failure).toBeNull();
  });
});

describe("event names for people", () => {
  it.each([
    ["xstate.init", "start"],
    ["xstate.after.backoffDelay.registration.connection.backoff", "after backoffDelay"],
    ["xstate.done.actor.opening", "opening done"],
    ["xstate.error.actor.opening", "opening failed"],
    ["xstate.done.actor.~1", "~1 done"],
    ["stream.ended", "stream.ended"],
    ["drain", "drain"],
  ])("%s", (type, name) => {
    expect(readableEvent(type)).toBe(name);
  });
});
