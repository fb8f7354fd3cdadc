import { liveness, readiness } from "mooring/health";
import { describe, expect, it } from "vitest";
import { noSigns } from "../../src/troubles/troubles.js";
import { runtimeStatus, status } from "./statuses.js";

const serving = status({ key: "t.a.1" });
const pending = status({
  key: "t.a.2",
  child: "pendingApproval",
  ready: false,
  meaning: "registered, waiting for an administrator's approval",
});
const lost = status({
  key: "t.a.3",
  state: "backoff",
  child: "waiting",
  ready: false,
  meaning: "not connected",
  cause: "connection-lost",
  code: "ECONNREFUSED",
});
const deaf = status({ key: "t.a.4", signs: { ...noSigns, isDoubted: true } });
const parked = status({ key: "t.a.5", state: "parked", child: null, ready: false });
const failed = status({ key: "t.a.6", state: "stopped", child: null, ready: false, stopReason: "failed" });

describe("readiness", () => {
  it("holds while every registration takes requests", () => {
    expect(readiness(runtimeStatus([serving]))).toEqual({
      ok: true,
      phase: "running",
      registrations: 1,
      ready: 1,
      notReady: [],
    });
  });

  it.each([
    ["no registration", [], "running"],
    ["one that waits for approval", [serving, pending], "running"],
    ["one that is not connected", [serving, lost], "running"],
    ["one that is registered and deaf", [deaf], "running"],
    ["one that was set aside", [serving, parked], "running"],
    ["a drain", [serving], "draining"],
    ["a runtime that was closed", [serving], "stopped"],
  ] as const)("does not hold with %s", (_, registrations, phase) => {
    expect(readiness(runtimeStatus(registrations, phase)).ok).toBe(false);
  });

  it("with some needs one, and names those that are not", () => {
    const some = readiness(runtimeStatus([serving, lost, deaf]), "some");
    expect(some.ok).toBe(true);
    expect(some.notReady).toEqual([
      { key: "t.a.3", state: "backoff.waiting", why: "not connected (connection-lost, ECONNREFUSED)" },
      { key: "t.a.4", state: "streaming.serving", why: "its last heartbeat was not answered in time" },
    ]);
    expect(readiness(runtimeStatus([lost, deaf]), "some").ok).toBe(false);
  });

  it("names twenty at most", () => {
    const many = Array.from({ length: 500 }, (_, i) => status({ ...lost, key: `t.a.${i}` }));
    const health = readiness(runtimeStatus(many));
    expect(health).toMatchObject({ ok: false, registrations: 500, ready: 0 });
    expect(health.notReady).toHaveLength(20);
  });
});

describe("liveness", () => {
  it.each([
    ["no registration", [], "running"],
    ["a gateway that is away", [lost], "running"],
    ["one of two given up", [serving, failed], "running"],
    ["a drain", [pending], "draining"],
  ] as const)("holds with %s", (_, registrations, phase) => {
    expect(liveness(runtimeStatus(registrations, phase)).ok).toBe(true);
  });

  it.each([
    ["all given up", [parked, failed], "running"],
    ["a runtime that has stopped", [serving], "stopped"],
  ] as const)("does not hold with %s", (_, registrations, phase) => {
    expect(liveness(runtimeStatus(registrations, phase)).ok).toBe(false);
  });
});
