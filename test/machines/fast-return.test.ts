/** After a clean end of a stream that had been stable, the first try comes at once, and once per stable uptime. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { returnDelay } from "../../machines/backoff.js";
import { failureOf } from "../../machines/failure.js";
import { useRigs } from "./rigs.js";

const rigOf = useRigs();
const stableUptimeMs = 5_000;

describe("the window of a return at once", () => {
  it("is 100 ms wide, whatever chance says", () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        const delay = returnDelay(() => x);
        expect(delay).toBeGreaterThanOrEqual(0);
        expect(delay).toBeLessThanOrEqual(100);
      }),
    );
    expect([0, 0.5, 1].map((x) => returnDelay(() => x))).toEqual([0, 50, 100]);
  });

  it("spreads a thousand over all of it", () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 1_000; i += 1) {
      const tenth = Math.min(9, Math.floor(returnDelay(random) / 10));
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(50);
    expect(Math.max(...tenths)).toBeLessThan(150);
  });
});

describe("a clean end of a stream that had been stable", () => {
  it("leads to a try within 100 ms, and counts as no failed one", async () => {
    const rig = rigOf({ random: () => 0.5 });
    await rig.serving();
    rig.clock.increment(stableUptimeMs);
    rig.ended("server-closed");
    expect(rig.view).toMatchObject({
      state: "backoff",
      child: "returning",
      attempt: 0,
      backoffMs: 50,
      failure: failureOf("server-closed"),
      next: { what: "comes back at once", afterMs: 50 },
    });
    rig.clock.increment(49);
    expect(rig.place).toBe("backoff.returning");
    rig.clock.increment(1);
    expect(rig.place).toBe("connecting");
  });

  it("leaves the whole back-off for what follows when that try fails", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.clock.increment(stableUptimeMs);
    rig.ended("server-closed");
    rig.clock.increment(0);
    const delays: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      await rig.openFails("unreachable");
      expect(rig.place).toBe("backoff.transient");
      delays.push(rig.context.backoffMs);
      rig.clock.increment(rig.context.backoffMs);
    }
    expect(delays).toEqual([500, 1_000, 2_000]);
  });

  it("is followed by another return only after another stable uptime", async () => {
    const rig = rigOf();
    await rig.serving();
    const places: string[] = [];
    for (const uptimeMs of [stableUptimeMs, stableUptimeMs - 1, stableUptimeMs - 1, stableUptimeMs]) {
      rig.clock.increment(uptimeMs);
      rig.ended("server-closed");
      places.push(`${rig.place} ${rig.context.backoffMs}`);
      rig.clock.increment(rig.context.backoffMs);
      await rig.serving();
    }
    expect(places).toEqual([
      "backoff.returning 0",
      "backoff.transient 500",
      "backoff.transient 1000",
      "backoff.returning 0",
    ]);
  });

  it("waits as long as the gateway asks", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.clock.increment(stableUptimeMs);
    rig.ended(failureOf("server-closed", { retryAfterMs: 7_000 }));
    expect(rig.context.backoffMs).toBe(7_000);
  });

  it("does not stand for steadiness: a planned move right after it is a loss, and a drain gives way", async () => {
    const asked = rigOf();
    const drained = rigOf();
    for (const rig of [asked, drained]) {
      await rig.serving();
      rig.clock.increment(stableUptimeMs);
      rig.ended("server-closed");
      rig.clock.increment(0);
      await rig.serving();
    }
    asked.peerDraining();
    expect(asked.place).toBe("backoff.transient");
    drained.actor.send({ type: "drain", deadlineMs: 20_000 });
    expect(drained.place).toBe("backoff.finishing");
  });

  it("is not returned from with reconnect off", async () => {
    const rig = rigOf({ policy: { reconnect: false } });
    await rig.serving();
    rig.clock.increment(stableUptimeMs);
    rig.ended("server-closed");
    expect(rig.place).toBe("stopped");
  });
});

describe("back-off as ever", () => {
  it.each([
    ["the first stream ended before a stable uptime", stableUptimeMs - 1, "server-closed"],
    ["the link was cut", stableUptimeMs, "connection-lost"],
    ["the gateway could not serve", stableUptimeMs, "peer-unavailable"],
    ["the stream went deaf", stableUptimeMs, "heartbeat-timeout"],
  ] as const)("when %s", async (_why, uptimeMs, cause) => {
    const rig = rigOf();
    await rig.serving();
    rig.clock.increment(uptimeMs);
    rig.ended(cause);
    expect(rig.place).toBe("backoff.transient");
    expect(rig.context).toMatchObject({ attempt: 1, backoffMs: 500 });
  });

  it("when an administrator rejects, however long the stream was up", async () => {
    const rig = rigOf();
    await rig.serving();
    rig.clock.increment(stableUptimeMs);
    rig.approval("rejected");
    expect(rig.place).toBe("backoff.refused");
  });
});
