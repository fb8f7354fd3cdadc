import { afterEach, describe, expect, it } from "vitest";
import { failureOf } from "../../machines/failure.js";
import { type CredentialsRig, type CredentialsRigOptions, createCredentialsRig } from "./credentials-rig.js";
import { settle } from "./rig.js";

const rigs: CredentialsRig[] = [];
const rigOf = (options?: CredentialsRigOptions) => {
  const rig = createCredentialsRig(options);
  rigs.push(rig);
  return rig;
};

afterEach(() => {
  for (const rig of rigs.splice(0)) {
    rig.actor.stop();
    expect(rig.errors).toEqual([]);
    expect(rig.clock.size).toBe(0);
  }
});

const busy = (retryAfterMs?: number) =>
  failureOf("credentials-unavailable", {
    code: "HTTP_503",
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });

describe("finding", () => {
  it.each(["explicit", "environment", "anonymous"] as const)(
    "%s is settled at once: no token server, no timer, nothing left running",
    async (source) => {
      const rig = rigOf();
      await rig.found(source, "use");
      expect([rig.news, rig.place, rig.snapshot.status]).toEqual([[`ready ${source}`], "settled", "done"]);
      expect([rig.mints, rig.clock.size]).toEqual([[], 0]);
    },
  );

  it("hands on which offer to use and what to forget, once", async () => {
    const rig = rigOf({ offerId: "offer-1", renew: true });
    expect(rig.finds.map(({ input }) => input)).toEqual([{ key: "k", offerId: "offer-1", renew: true }]);
    await rig.found("saved", "mint");
    await rig.minted();
    rig.clock.increment(210_000);
    await rig.mintFails("credentials-refused", false);
    rig.clock.increment(30_000);
    expect(rig.finds.at(-1)?.input).toEqual({ key: "k", offerId: null, renew: false });
  });

  it("a store that fails is told at once, and looked at again after a back-off", async () => {
    const rig = rigOf();
    await rig.findFails("credentials-unavailable");
    expect([rig.news, rig.place]).toEqual([["failed credentials-unavailable"], "unavailable"]);
    rig.clock.increment(500);
    expect(rig.place).toBe("finding");
  });

  it.each([
    ["looking", async () => {}, "finding"],
    ["registering", (rig: CredentialsRig) => rig.found("saved", "registerKey"), "registering.calling"],
    ["minting", (rig: CredentialsRig) => rig.found("saved", "mint"), "minting.calling"],
  ])("[W-2] %s that never ends is given up", async (_, lead, place) => {
    const rig = rigOf();
    await lead(rig);
    expect(rig.place).toBe(place);
    rig.clock.increment(40_000);
    expect(rig.told[0]).toMatchObject({ type: "credentials.failed", failure: { code: "TIMEOUT" } });
  });

  it("a port that throws is a fault of ours, and no end", async () => {
    const rig = rigOf();
    rig.finds[0]?.reject(new Error("bug"));
    await settle();
    expect(rig.news).toEqual(["failed internal"]);
    expect(rig.place).toBe("unavailable");
  });
});

describe("registering the key", () => {
  it("[W-8] is tried four times in all, and then told; only this step was repeated", async () => {
    const rig = rigOf({ offerId: "offer-1" });
    await rig.found("saved", "registerKey");
    const waits: number[] = [];
    for (let tried = 1; tried < 4; tried += 1) {
      await rig.registerFails("credentials-exchange-failed", true);
      expect(rig.place).toBe("registering.waiting");
      waits.push(rig.context.delayMs);
      rig.clock.increment(rig.context.delayMs);
    }
    await rig.registerFails("credentials-exchange-failed", true);
    expect(waits).toEqual([500, 1_000, 2_000]);
    expect(rig.place).toBe("unavailable");
    expect([rig.finds.length, rig.registers.length, rig.mints.length]).toEqual([1, 4, 0]);
    expect(rig.news).toEqual([
      ...Array(3).fill("retrying credentials-exchange-failed"),
      "failed credentials-exchange-failed",
    ]);
  });

  it("[W-8] is never done again once it is done: a token that does not come is asked for alone", async () => {
    const rig = rigOf({ offerId: "offer-1" });
    await rig.found("saved", "registerKey");
    await rig.registered();
    await rig.mintFails(busy(), true);
    rig.clock.increment(500);
    await rig.minted();
    expect([rig.registers.length, rig.mints.length, rig.news.at(-1)]).toEqual([1, 2, "ready saved"]);
  });

  it("[W-8] a consumed token of the gateway's is told, so that a fresh register brings another", async () => {
    const rig = rigOf({ offerId: "offer-1" });
    await rig.found("saved", "registerKey");
    await rig.registerFails("one-time-token-consumed", false);
    expect(rig.news).toEqual(["failed one-time-token-consumed"]);
    expect(rig.finds).toHaveLength(1);
  });

  it("[W-1] a consumed token of the operator's gives way to the next source", async () => {
    const rig = rigOf();
    await rig.found("one-time-token", "registerKey");
    await rig.registerFails("one-time-token-consumed", false);
    expect(rig.place).toBe("finding");
    await rig.found("anonymous", "use");
    expect(rig.news).toEqual(["retrying one-time-token-consumed", "ready anonymous"]);
  });

  it("a client made a moment ago that is not known everywhere is asked for again", async () => {
    const rig = rigOf();
    await rig.found("one-time-token", "registerKey");
    await rig.registered();
    await rig.mintFails("credentials-refused", false);
    expect(rig.place).toBe("minting.waiting");
    rig.clock.increment(500);
    expect(rig.mints.map(({ input }) => input.isNewClient)).toEqual([true, true]);
    await rig.minted();
    expect(rig.news.at(-1)).toBe("ready one-time-token");
    expect(rig.context.isNewClient).toBe(false);
  });
});

describe("minting", () => {
  it("is tried three times with waits that double and are jittered", async () => {
    const rig = rigOf({ random: () => 0.8 });
    await rig.found("saved", "mint");
    const waits: number[] = [];
    for (let tried = 1; tried < 3; tried += 1) {
      await rig.mintFails(busy(), true);
      waits.push(rig.context.delayMs);
      rig.clock.increment(rig.context.delayMs);
    }
    await rig.mintFails(busy(), true);
    expect(waits).toEqual([600, 1_200]);
    expect(rig.place).toBe("unavailable");
  });

  it("[W-23] waits as long as a short Retry-After asks, and leaves a long one to the back-off", async () => {
    const rig = rigOf();
    await rig.found("saved", "mint");
    await rig.mintFails(busy(4_000), true);
    expect([rig.place, rig.context.delayMs]).toEqual(["minting.waiting", 4_000]);
    rig.clock.increment(4_000);
    await rig.mintFails(busy(60_000), true);
    expect([rig.place, rig.context.delayMs]).toEqual(["unavailable", 60_000]);
    expect(rig.told.at(-1)).toMatchObject({ failure: { retryAfterMs: 60_000 } });
  });

  it("a refusal is told at once, and is asked about again at the slow pace only", async () => {
    const rig = rigOf();
    await rig.found("saved", "mint");
    await rig.mintFails("credentials-refused", false);
    expect([rig.place, rig.news]).toEqual(["refused", ["failed credentials-refused"]]);
    rig.clock.increment(29_999);
    expect(rig.finds).toHaveLength(1);
    rig.clock.increment(1);
    expect(rig.finds).toHaveLength(2);
  });

  it("[T12.5 #20] [A16 #77] is bounded as a whole, whatever its calls do", async () => {
    const rig = rigOf();
    await rig.found("saved", "mint");
    rig.clock.increment(29_000);
    await rig.mintFails(busy(5_000), true);
    rig.clock.increment(1_000);
    expect(rig.place).toBe("unavailable");
    expect(rig.told.at(-1)).toMatchObject({ failure: { code: "TIMEOUT" } });
  });
});

describe("renewal", () => {
  it("[W-23] comes before the end, spread over the time that is left for it", async () => {
    for (const [random, at] of [
      [0, 210_000],
      [0.5, 225_000],
      [1, 240_000],
    ] as const) {
      const rig = rigOf({ random: () => random });
      await rig.valid();
      rig.clock.increment(at - 1);
      expect(rig.place).toBe("valid");
      rig.clock.increment(1);
      expect(rig.place).toBe("renewing.calling");
      expect(rig.mints.at(-1)?.input).toEqual({ key: "k", ahead: true, isNewClient: false });
    }
  });

  it("of a short-lived token is no loop: at most one in half a minute", async () => {
    const rig = rigOf();
    await rig.found("saved", "mint");
    await rig.minted(0, 1_000);
    rig.clock.increment(29_999);
    expect(rig.place).toBe("valid");
  });

  it("that fails is told, tried on, and told when it is over", async () => {
    const rig = rigOf();
    await rig.valid();
    rig.clock.increment(210_000);
    for (let tried = 0; tried < 3; tried += 1) {
      await rig.mintFails(busy(), true);
      rig.clock.increment(rig.context.delayMs);
    }
    await rig.found("saved", "mint");
    await rig.minted();
    expect(rig.news).toEqual([
      "ready saved",
      "retrying credentials-unavailable",
      "retrying credentials-unavailable",
      "failed credentials-unavailable",
      "ready saved",
    ]);
  });

  it("of a refused identity goes on slowly, and looks at the sources each time", async () => {
    const rig = rigOf();
    await rig.valid();
    rig.clock.increment(210_000);
    const before = rig.mints.length;
    for (let round = 0; round < 20; round += 1) {
      await rig.mintFails("credentials-refused", false);
      expect(rig.place).toBe("refused");
      rig.clock.increment(30_000);
      await rig.found("mounted-key", "mint");
    }
    expect(rig.mints.length - before).toBe(20);
    expect(rig.clock.now()).toBeGreaterThanOrEqual(20 * 30_000);
  });

  it("a day of five-minute tokens is a token at every moment, with one timer at a time", async () => {
    const rig = rigOf({ random: () => 0.5 });
    const minute = 60_000;
    const day = 24 * 60 * minute;
    const good: { from: number; until: number }[] = [];
    await rig.found("saved", "mint");
    await rig.minted();
    good.push({ from: 0, until: 270_000 });
    rig.clock.most = 0;
    while (rig.clock.now() < day) {
      rig.clock.increment(rig.context.renewInMs);
      expect(rig.place).toBe("renewing.calling");
      // Every tenth renewal meets a server that is away for a moment.
      if (good.length % 10 === 0) {
        await rig.mintFails(busy(), true);
        rig.clock.increment(rig.context.delayMs);
      }
      await rig.minted();
      good.push({ from: rig.clock.now(), until: rig.clock.now() + 270_000 });
    }
    const gaps = good.slice(1).filter(({ from }, index) => from > (good[index]?.until ?? 0));
    expect(gaps).toEqual([]);
    expect(good.length).toBe(385);
    expect(rig.clock.most).toBeLessThanOrEqual(2);
    expect(rig.finds).toHaveLength(1);
  });

  it("a registration that serves hears of a refused renewal, keeps its stream, and hears when it is well", async () => {
    const rig = rigOf();
    await rig.valid();
    rig.clock.increment(210_000);
    await rig.mintFails("credentials-refused", false);
    rig.clock.increment(30_000);
    await rig.found("saved", "mint");
    await rig.minted();
    expect(rig.news).toEqual(["ready saved", "failed credentials-refused", "ready saved"]);
  });
});

describe("an end", () => {
  it("aborts the call on its way", async () => {
    const rig = rigOf();
    await rig.found("saved", "mint");
    rig.actor.stop();
    expect(rig.mints[0]?.signal.aborted).toBe(true);
  });
});
