/** Whether a registration may open its stream without a step for its credentials. */
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
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
