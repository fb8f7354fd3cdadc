/** Whether a registration may open its stream without a step for its credentials. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RegistrationCredentials } from "../../src/credentials/credentials.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import {
  failureOf,
  gate,
  identity,
  never,
  offer,
  registerPath,
  startBench,
  temporaryFolder,
} from "./platform.js";

/** A memory store that counts its looks. */
function countingStore() {
  const store = createMemoryStore();
  return {
    ...store,
    loads: 0,
    load(...identity: Parameters<typeof store.load>) {
      this.loads += 1;
      return store.load(...identity);
    },
  };
}

const look = { offerId: null, renew: false };

describe("nothing is at hand", () => {
  it("while the key of the identity is being registered: what that brings comes first", async () => {
    const { platform, credentials } = await startBench({ env: {} });
    const answer = gate();
    platform.next(registerPath, async () => {
      await answer.promise;
      return { status: 200, body: platform.issued };
    });
    const { steps } = credentials.for(identity, undefined);
    const registered = steps.registerKey(steps.deposit(offer()), never);
    await platform.asked(registerPath);
    expect(await steps.isAtHand(never)).toBe(false);
    answer.open();
    await registered;
    expect(await steps.find(look, never)).toEqual({ source: "saved", next: "mint" });
  });

  it("after a one-time token was refused, even when its file is gone: the next look passes it over", async () => {
    const file = join(await temporaryFolder(), "token");
    await writeFile(file, "refused-token");
    const { platform, credentials } = await startBench({ env: { STRIKE48_REGISTRATION_TOKEN_FILE: file } });
    platform.always(registerPath, { status: 401, body: { error: "Invalid or expired token" } });
    const { steps } = credentials.for(identity, undefined);
    expect(await steps.find(look, never)).toEqual({ source: "one-time-token", next: "registerKey" });
    expect(await failureOf(steps.registerKey(null, never))).toMatchObject({ code: "HTTP_401" });
    await rm(file);
    expect(await steps.isAtHand(never)).toBe(false);
    expect(await steps.find(look, never)).toEqual({ source: "anonymous", next: "use" });
    expect(await steps.isAtHand(never)).toBe(true);
  });

  it("when the store fails: the steps tell why", async () => {
    const broken = Object.assign(new Error("planted"), { code: "EIO" });
    const store = { ...createMemoryStore(), load: () => Promise.reject(broken) };
    const { steps } = (await startBench({ env: {}, store })).credentials.for(identity, undefined);
    expect(await steps.isAtHand(never)).toBe(false);
    expect(await failureOf(steps.find(look, never))).toMatchObject({
      cause: "credentials-unavailable",
      code: "EIO",
    });
  });
});

describe("what was looked for in vain", () => {
  it("is not looked for again by the step that follows, and is by those after it", async () => {
    const store = countingStore();
    const env = { STRIKE48_REGISTRATION_TOKEN: "ott" };
    const { steps } = (await startBench({ env, store })).credentials.for(identity, undefined);
    const found = { source: "one-time-token", next: "registerKey" };
    expect(await steps.isAtHand(never)).toBe(false);
    expect(await steps.find(look, never)).toEqual(found);
    expect(store.loads).toBe(1);
    expect(await steps.find(look, never)).toEqual(found);
    expect(store.loads).toBe(2);
  });

  it.each([
    ["for an offer", (steps: RegistrationCredentials) => steps.deposit(offer()), false],
    ["to renew", () => null, true],
  ])("is forgotten by a step %s", async (_, offerOf, renew) => {
    const store = countingStore();
    const env = { STRIKE48_REGISTRATION_TOKEN: "ott" };
    const { steps } = (await startBench({ env, store })).credentials.for(identity, undefined);
    await steps.isAtHand(never);
    await steps.find({ offerId: offerOf(steps), renew }, never);
    const before = store.loads;
    await steps.find(look, never);
    expect(store.loads).toBe(before + 1);
  });

  it("is looked for again when a registration of the key came between", async () => {
    const store = countingStore();
    const env = { STRIKE48_REGISTRATION_TOKEN: "ott" };
    const { steps } = (await startBench({ env, store })).credentials.for(identity, undefined);
    expect(await steps.isAtHand(never)).toBe(false);
    const registered = steps.registerKey(steps.deposit(offer()), never);
    expect(await steps.find(look, never)).toEqual({ source: "saved", next: "mint" });
    await registered;
  });
});
