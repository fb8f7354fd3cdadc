/** The colours of active states: what means failure does not look as what serves does. */
import { describe, expect, it } from "vitest";
import { indexed } from "../../inspector/chart/drawing.js";
import { toneOfState } from "../../inspector/chart/state-tone.js";
import layouts from "../../inspector/charts.json" with { type: "json" };

const toneOf = (leaf: string, context: { stopReason?: string } = {}) => {
  const machine = leaf.split(".")[0] as keyof typeof layouts;
  const drawing = indexed(layouts[machine] as unknown as Parameters<typeof indexed>[0]);
  const path = leaf.split(".").map((_, at, names) => names.slice(0, at + 1).join("."));
  const stands = { active: new Set(path), context };
  return [leaf, path[0] ?? ""].map((id) => toneOfState(id, stands, drawing));
};

describe("an active state, and what is around it, is", () => {
  it.each([
    ["registration.connection.linked.streaming.serving", "good"],
    ["registration.connection.linked.streaming.pendingApproval.waiting", "wait"],
    ["registration.connection.linked.streaming.pendingApproval.withoutCredentials", "bad"],
    ["registration.connection.connecting.opening", "warm"],
    ["registration.connection.lost", "bad"],
    ["registration.connection.backoff.transient", "bad"],
    ["registration.connection.backoff.refused", "bad"],
    ["registration.connection.linked.streaming.draining.quieting", "drain"],
    ["registration.connection.stopped", "off"],
    ["credentials.valid", "good"],
    ["credentials.unavailable", "bad"],
    ["credentials.refused", "bad"],
    ["credentials.renewing.waiting", "bad"],
    ["credentials.renewing.calling", "good"],
    ["credentials.minting.calling", "warm"],
    ["liveness.doubtful.suspect", "warm"],
    ["liveness.deaf", "bad"],
    ["partition.hosting", "good"],
    ["supervisor.active.running", "good"],
    ["supervisor.stopped", "off"],
  ])("%s: %s", (leaf, tone) => {
    expect(toneOf(leaf)).toEqual([tone, tone]);
  });

  it("bad when it stopped because of a failure", () => {
    expect(toneOf("registration.connection.stopped", { stopReason: "failed" })).toEqual(["bad", "bad"]);
  });
});
