import { describe, expect, it } from "vitest";
import { type Counters, countTransition, disconnectReason, noCounters } from "../../machines/counters.js";
import { type FailureCause, failureOf } from "../../machines/failure.js";
import { type RegistrationView, registrationView } from "../../machines/registration-view.js";
import type { Rig } from "./rig.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
/** Wall clock of the test's beginning. */
const epoch = 1_000_000;

/** The counters as a host keeps them: from snapshots and a wall clock alone. */
function countersOf(rig: Rig): () => Counters {
  let counters = noCounters;
  let before: RegistrationView | null = null;
  const count = () => {
    const next = registrationView(rig.actor.getSnapshot());
    counters = countTransition(counters, before, next, epoch + rig.clock.now());
    before = next;
  };
  count();
  rig.actor.subscribe(count);
  return () => counters;
}

describe("the protocol's counters", () => {
  it("stay at zero through a first registration", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    rig.clock.increment(250);
    await rig.serving();
    expect(counters()).toEqual({ ...noCounters, last_connected_at_ms: epoch + 250 });
  });

  it("count a lost stream, the back-off, and the reconnect", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.serving();
    rig.clock.increment(100);
    rig.ended(failureOf("peer-unavailable", { code: "UNAVAILABLE" }));
    expect(counters()).toEqual({
      reconnection_attempts: 1,
      current_backoff_ms: 500,
      total_disconnects: 1,
      successful_reconnects: 0,
      last_connected_at_ms: epoch,
      last_disconnected_at_ms: epoch + 100,
      last_disconnect_reason: "stream-error",
    });
    rig.clock.increment(500);
    await rig.openFails("unreachable");
    expect(counters()).toMatchObject({
      reconnection_attempts: 2,
      current_backoff_ms: 1_000,
      total_disconnects: 1,
    });
    rig.clock.increment(1_000);
    await rig.serving();
    expect(counters()).toEqual({
      reconnection_attempts: 2,
      current_backoff_ms: 0,
      total_disconnects: 1,
      successful_reconnects: 1,
      last_connected_at_ms: epoch + 1_600,
      last_disconnected_at_ms: epoch + 100,
      last_disconnect_reason: "stream-error",
    });
  });

  it("count a refused register as an attempt, not as a disconnect", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.opened();
    rig.rejected();
    expect(counters()).toMatchObject({ reconnection_attempts: 1, total_disconnects: 0 });
  });

  it("count a planned move as an attempt with no back-off", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.serving();
    rig.peerDraining();
    rig.ended("server-closed");
    expect(counters()).toMatchObject({
      reconnection_attempts: 1,
      current_backoff_ms: 0,
      total_disconnects: 1,
      last_disconnect_reason: "server-closed",
    });
  });

  it("take a second register on the stream as connected, not as a reconnect", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.pending();
    rig.clock.increment(700);
    rig.issued();
    await rig.exchanged();
    rig.accepted();
    expect(counters()).toMatchObject({ successful_reconnects: 0, last_connected_at_ms: epoch + 700 });
  });

  it("count a shutdown as a disconnect, and no attempt", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.serving();
    rig.actor.send({ type: "stop", reason: "shutdown" });
    expect(counters()).toMatchObject({
      reconnection_attempts: 0,
      total_disconnects: 1,
      last_disconnect_reason: "shutdown",
    });
  });

  it("count no attempts with reconnect off", async () => {
    const rig = rigOf({ policy: { reconnect: false } });
    const counters = countersOf(rig);
    await rig.serving();
    rig.ended("server-closed");
    expect(counters()).toMatchObject({
      reconnection_attempts: 0,
      total_disconnects: 1,
      last_disconnect_reason: "server-closed",
    });
  });

  it("count a stream that was accepted and lost in one step", async () => {
    const rig = rigOf();
    const counters = countersOf(rig);
    await rig.opened();
    rig.approval("rejected");
    rig.accepted("pending");
    expect(rig.place).toBe("backoff.refused");
    expect(counters()).toMatchObject({
      reconnection_attempts: 1,
      current_backoff_ms: 30_000,
      total_disconnects: 1,
      last_connected_at_ms: epoch,
      last_disconnect_reason: "server-closed",
    });
  });
});

describe("the reason strings of disconnects", () => {
  it.each([
    ["server-closed", "server-closed"],
    ["approval-rejected", "server-closed"],
    ["peer-draining", "server-closed"],
    ["should-reconnect", "server-closed"],
    ["heartbeat-timeout", "heartbeat-timeout"],
    ["outbound-closed", "outbound-closed"],
    ["refused-by-peer", "stream-error"],
    ["identity-refused", "stream-error"],
    ["access-denied", "stream-error"],
    ["peer-unavailable", "stream-error"],
    ["peer-exhausted", "stream-error"],
    ["peer-error", "stream-error"],
    ["connection-lost", "stream-error"],
    ["internal", "stream-error"],
  ] as const satisfies readonly (readonly [FailureCause, string])[])("%s is %s", (cause, reason) => {
    expect(disconnectReason(failureOf(cause), false)).toBe(reason);
  });

  it("an end on purpose is shutdown, whatever came before", () => {
    expect(disconnectReason(failureOf("peer-error"), true)).toBe("shutdown");
    expect(disconnectReason(null, false)).toBe("shutdown");
  });
});
