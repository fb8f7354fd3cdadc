import type { RegistrationStatus, StateChange } from "mooring";
import { describe, expect, it } from "vitest";
import { type Sums, Tally } from "../../src/health/tally.js";
import { RequestDurations } from "../../src/protocol/request-durations.js";
import { counters, runtimeStatus, status } from "./statuses.js";

const change = (from: string | null, now: RegistrationStatus, at: number, missed = 0): StateChange => ({
  key: now.key,
  from,
  to: now.child === null ? now.state : `${now.state}.${now.child}`,
  at,
  cause: null,
  code: null,
  status: now,
  missed,
  times: 1,
});

const plain = (sums: Sums) =>
  Object.fromEntries(sums.values().map(({ labels, value }) => [Object.values(labels).join(" "), value]));

const serving = status();
const waiting = status({ state: "backoff", child: "waiting", ready: false });

describe("the sums of a runtime", () => {
  it("add up the time in each state, also of the one at hand", () => {
    const tally = new Tally(false);
    tally.changed(change(null, waiting, 1_000));
    tally.changed(change("backoff.waiting", serving, 3_000));
    tally.look(runtimeStatus([serving]), 10_000);
    tally.look(runtimeStatus([serving]), 11_000);
    expect(plain(tally.stateSeconds)).toEqual({ "echo backoff waiting": 2, "echo streaming serving": 8 });
    expect(plain(tally.transitions)).toEqual({ "echo backoff.waiting streaming.serving": 1 });
  });

  it("never fall: not when a registration goes, begins anew, or the clock is set back", () => {
    const tally = new Tally(false);
    const busy = (key: string, requests_received: number) =>
      status({ key, counters: counters({ requests_received }) });
    const received = () => plain(tally.grown.requests_received_total).echo;
    tally.look(runtimeStatus([busy("t.echo.1", 5), busy("t.echo.2", 7)]), 1_000);
    expect(received()).toBe(12);
    tally.look(runtimeStatus([busy("t.echo.1", 6)]), 500);
    expect(received()).toBe(13);
    tally.look(runtimeStatus([busy("t.echo.1", 2), busy("t.echo.2", 1)]), 2_000);
    expect(received()).toBe(16);
    expect(Math.min(...tally.stateSeconds.values().map(({ value }) => value))).toBeGreaterThanOrEqual(0);
  });

  it("keep how long requests took by class, also of a registration that began anew", () => {
    const durations = new RequestDurations();
    expect(durations.counts).toEqual([]);
    for (const ms of [0.2, 1, 1.5, 29_999, 30_001]) durations.add(ms);
    const [least, next] = durations.counts;
    expect([least, next, ...durations.counts.slice(-2)]).toEqual([2, 1, 1, 1]);
    const tally = new Tally(false);
    const took = (requestDurations: readonly number[]) => status({ requestDurations });
    const sums = () => tally.durations.map((one) => plain(one).echo);
    tally.look(runtimeStatus([took(durations.counts)]), 1_000);
    durations.add(2);
    tally.look(runtimeStatus([took(durations.counts)]), 2_000);
    expect(sums()).toEqual(durations.counts);
    tally.look(runtimeStatus([took([])]), 3_000);
    tally.look(runtimeStatus([took([1])]), 4_000);
    expect(sums()).toEqual([3, ...durations.counts.slice(1)]);
  });

  it("count changes that were missed", () => {
    const tally = new Tally(false);
    tally.changed(change("backoff.waiting", serving, 1_000, 7));
    expect(plain(tally.transitions)).toEqual({
      "echo unknown unknown": 7,
      "echo backoff.waiting streaming.serving": 1,
    });
  });

  it("are bounded: what comes after a thousand types or keys shares one", () => {
    const many = Array.from({ length: 1_200 }, (_, i) => status({ key: `t.type-${i}.1` }));
    for (const byKey of [false, true]) {
      const tally = new Tally(byKey);
      tally.look(runtimeStatus(many), 0);
      expect(tally.grown.restarts_total.values()).toHaveLength(1_001);
      expect(tally.groupOf("t.type-1199.1").type).toBe("other");
      expect(tally.groupOf("t.type-1.1")).toEqual(
        byKey ? { type: "type-1", key: "t.type-1.1" } : { type: "type-1" },
      );
    }
  });
});
