import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generatePrivateKey } from "../../src/credentials/keys.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import type { CredentialStore } from "../../src/credentials/store.js";
import { Secret } from "../../src/secret.js";
import { failureOf, gate, identity, never, offer, registerPath, startBench, tokenPath } from "./platform.js";

const credentialsFile = "acme.calc.calc-1.json";

describe("one job per identity", () => {
  async function heldBench(options: Parameters<typeof startBench>[0] = {}) {
    const bench = await startBench(options);
    const answer = gate();
    bench.platform.next(registerPath, async () => {
      await answer.promise;
      return { status: 200, body: bench.platform.issued };
    });
    return { ...bench, answer, registration: bench.credentials.for(identity, undefined) };
  }

  it("two exchanges at once make one call", async () => {
    const { platform, registration, answer } = await heldBench();
    const work = [
      registration.exchange(registration.deposit(offer("a")), never),
      registration.exchange(registration.deposit(offer("b")), never),
    ];
    await platform.asked(registerPath);
    answer.open();
    expect(await Promise.all(work)).toEqual(["saved", "saved"]);
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(platform.received(tokenPath)).toHaveLength(1);
  });

  it("other identities are not held up", async () => {
    const { platform, credentials, registration, answer } = await heldBench();
    const held = registration.exchange(registration.deposit(offer("a")), never);
    await platform.asked(registerPath);
    const other = credentials.for({ ...identity, instanceId: "calc-2" }, undefined);
    expect(await other.exchange(other.deposit(offer("b")), never)).toBe("saved");
    answer.open();
    await held;
  });

  it("many at once are no listener leak", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => void warnings.push(warning);
    process.on("warning", warn);
    const { platform, credentials } = await startBench();
    const held = gate();
    platform.always(registerPath, async () => {
      await held.promise;
      return { status: 200, body: platform.issued };
    });
    const work = Array.from({ length: 30 }, (_, i) => {
      const one = credentials.for({ ...identity, instanceId: `calc-${i}` }, undefined);
      return one.exchange(one.deposit(offer()), new AbortController().signal);
    });
    await platform.asked(registerPath, 30);
    held.open();
    await Promise.all(work);
    process.off("warning", warn);
    expect(warnings.filter((warning) => warning.name === "MaxListenersExceededWarning")).toEqual([]);
  });

  it("leaving only unsubscribes: the answer is saved, and the next tokens() joins the job", async () => {
    const { platform, directory, registration, answer } = await heldBench();
    const leaver = new AbortController();
    const left = registration.exchange(registration.deposit(offer()), leaver.signal);
    await platform.asked(registerPath);
    leaver.abort();
    expect(await failureOf(left)).toMatchObject({ code: "ABORTED" });
    const joined = registration.tokens(never);
    answer.open();
    expect(await joined).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(await readdir(join(directory, "credentials"))).toEqual([credentialsFile]);
  });

  it("a registration that was removed and added again joins the job of its identity", async () => {
    const { platform, credentials, registration, answer } = await heldBench();
    const first = registration.exchange(registration.deposit(offer()), never);
    await platform.asked(registerPath);
    const joined = credentials.for(identity, undefined).tokens(never);
    answer.open();
    await first;
    expect(await joined).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("who waits for a job by looking keeps to a time limit", async () => {
    const { platform, registration, answer } = await heldBench();
    const work = registration.exchange(registration.deposit(offer()), never);
    await platform.asked(registerPath);
    const limit = new AbortController();
    const waiting = registration.steps.find({ offerId: null, renew: false }, limit.signal);
    limit.abort(new DOMException("late", "TimeoutError"));
    expect(await failureOf(waiting)).toMatchObject({ cause: "credentials-unavailable", code: "TIMEOUT" });
    answer.open();
    await work;
  });

  it("what another process saved right before this one's turn is used, and no second key registered", async () => {
    const inner = createMemoryStore();
    const theirs = await generatePrivateKey();
    const store: CredentialStore = {
      ...inner,
      async lock(...args) {
        const credentials = { clientId: "theirs", realmUrl: platform.realmUrl, tenantId: "acme" };
        await inner.save(identity, credentials, theirs);
        return inner.lock(...args);
      },
    };
    const { platform, credentials } = await startBench({ store });
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    expect(platform.received(registerPath)).toEqual([]);
  });

  it("a job that fails leaves tokens() as it was: anonymous", async () => {
    const { platform, credentials } = await startBench();
    const answer = gate();
    platform.next(registerPath, async () => {
      await answer.promise;
      return { status: 403 };
    });
    const registration = credentials.for(identity, undefined);
    const work = registration.exchange(registration.deposit(offer()), never);
    await platform.asked(registerPath);
    const joined = registration.tokens(never);
    answer.open();
    expect(await failureOf(work)).toMatchObject({ code: "HTTP_403" });
    expect(await joined).toMatchObject({ source: "anonymous" });
  });

  it("[A16 #86] [T12.7 #13] close waits for an answer on its way and saves it, and starts nothing afterwards", async () => {
    const { platform, directory, credentials, registration, answer } = await heldBench();
    const id = registration.deposit(offer());
    const work = failureOf(registration.exchange(id, never));
    await platform.asked(registerPath);
    const closed = credentials.close();
    answer.open();
    await closed;
    expect(await readdir(join(directory, "credentials"))).toEqual([credentialsFile]);
    expect(await work).toMatchObject({ cause: "credentials-unavailable" });
    expect(await failureOf(registration.exchange(id, never))).toMatchObject({ code: "CLOSED" });
    expect(platform.received(tokenPath)).toEqual([]);
  });
});

describe("registered, but no token yet", () => {
  it("[W-8] keeps the credentials: the next tokens() and the next exchange only ask for a token", async () => {
    const { platform, directory, credentials } = await startBench();
    platform.next(tokenPath, { status: 400, body: { error: "invalid_scope" } });
    const registration = credentials.for(identity, undefined);
    const id = registration.deposit(offer());
    expect(await failureOf(registration.exchange(id, never))).toMatchObject({
      cause: "credentials-unavailable",
      code: "HTTP_400",
    });
    expect(await readdir(join(directory, "credentials"))).toEqual([credentialsFile]);
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    expect(await registration.exchange(id, never)).toBe("saved");
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("[A14 token 5xx then success] the token step alone is tried again", async () => {
    const { platform, credentials } = await startBench();
    platform.next(tokenPath, { status: 500 });
    const registration = credentials.for(identity, undefined);
    expect(await registration.exchange(registration.deposit(offer()), never)).toBe("saved");
    expect(platform.received(registerPath)).toHaveLength(1);
    expect(platform.received(tokenPath)).toHaveLength(2);
  });

  it("credentials that cannot be written work in memory and are written later", async () => {
    const store = createMemoryStore();
    let full = true;
    const save: typeof store.save = async (...saving) => {
      if (full) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
      await store.save(...saving);
    };
    const { platform, credentials, lines } = await startBench({ store: { ...store, save } });
    const registration = credentials.for(identity, undefined);
    expect(await registration.exchange(registration.deposit(offer()), never)).toBe("saved");
    registration.renew();
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    expect(lines.filter((line) => line.level === "error")[0]?.fields).toMatchObject({ code: "ENOSPC" });
    expect(await store.load(identity)).toBeUndefined();
    full = false;
    await credentials.close();
    expect((await store.load(identity))?.credentials.clientId).toBe("client-1");
    expect(platform.received(registerPath)).toHaveLength(1);
  });

  it("as a new client: the token of the client before is not sent", async () => {
    const { platform, directory, credentials } = await startBench();
    const granted = (name: string) => ({ status: 200, body: { access_token: name, token_type: "Bearer" } });
    platform.next(tokenPath, granted("of-client-1"), granted("of-client-2"));
    const registration = credentials.for(identity, undefined);
    await registration.exchange(registration.deposit(offer()), never);
    await rm(join(directory, "credentials", credentialsFile));
    expect(await registration.tokens(never)).toMatchObject({ source: "anonymous" });
    platform.next(registerPath, { status: 200, body: { ...platform.issued, client_id: "client-2" } });
    await registration.exchange(registration.deposit(offer("one-time-2")), never);
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("of-client-2") });
  });

  it("an exchange outranks the explicit token that had to wait for approval", async () => {
    const { credentials } = await startBench();
    const registration = credentials.for(identity, new Secret("operator-token"));
    await registration.exchange(registration.deposit(offer()), never);
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
  });
});
