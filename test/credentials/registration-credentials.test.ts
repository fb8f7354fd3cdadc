import { describe, expect, it } from "vitest";
import type { CredentialStore } from "../../src/credentials/store.js";
import { Secret } from "../../src/secret.js";
import {
  failureOf,
  identity,
  never,
  offer,
  registerPath,
  sessionToken,
  startBench,
  tokenPath,
} from "./platform.js";

async function bench(options: Parameters<typeof startBench>[0] = {}) {
  const started = await startBench(options);
  const now = Math.floor(started.clocks.wallMs / 1000);
  return { ...started, now, fresh: sessionToken(now + 3600), stale: sessionToken(now + 5) };
}

describe("tokens of a register request", () => {
  it("[A16 #68] without anything: anonymous", async () => {
    const { credentials } = await bench();
    expect(await credentials.for(identity, undefined).tokens(never)).toEqual({
      jwt: new Secret(""),
      sessionToken: new Secret(""),
      source: "anonymous",
    });
  });

  it("[A16 #66] an explicit token is used as it is, and nobody is asked", async () => {
    const { platform, credentials } = await bench();
    const tokens = await credentials.for(identity, new Secret("operator-token")).tokens(never);
    expect(tokens).toEqual({
      jwt: new Secret("operator-token"),
      sessionToken: new Secret(""),
      source: "explicit",
    });
    expect(platform.requests).toEqual([]);
  });

  it("a blank explicit token is none", async () => {
    const { credentials } = await bench();
    expect(await credentials.for(identity, new Secret("  ")).tokens(never)).toMatchObject({
      source: "anonymous",
    });
  });

  it("[A16 #67] [A14 session-token resume] a session token registers alone", async () => {
    const { credentials, fresh } = await bench();
    const registration = credentials.for(identity, undefined);
    registration.keepSessionToken(fresh);
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret(""),
      sessionToken: fresh,
      source: "session",
    });
  });

  it("a session token goes along with an explicit and with a saved identity's token", async () => {
    const { credentials, fresh } = await bench();
    const explicit = credentials.for(identity, new Secret("operator-token"));
    explicit.keepSessionToken(fresh);
    expect(await explicit.tokens(never)).toMatchObject({
      jwt: new Secret("operator-token"),
      sessionToken: fresh,
    });
    const saved = credentials.for({ ...identity, instanceId: "calc-2" }, undefined);
    await saved.exchange(saved.deposit(offer()), never);
    saved.keepSessionToken(fresh);
    expect(await saved.tokens(never)).toEqual({
      jwt: new Secret("token-1"),
      sessionToken: fresh,
      source: "saved",
    });
  });

  it("an empty session token keeps the old one; one about to end is dropped", async () => {
    const { credentials, fresh, stale } = await bench();
    const registration = credentials.for(identity, undefined);
    registration.keepSessionToken(fresh);
    registration.keepSessionToken(new Secret(""));
    expect(await registration.tokens(never)).toMatchObject({ sessionToken: fresh });
    registration.keepSessionToken(stale);
    expect(await registration.tokens(never)).toMatchObject({
      sessionToken: new Secret(""),
      source: "anonymous",
    });
  });

  it("a session token belongs to one registration", async () => {
    const { credentials, fresh } = await bench();
    credentials.for(identity, undefined).keepSessionToken(fresh);
    const other = credentials.for({ ...identity, tenantId: "other" }, undefined);
    expect(await other.tokens(never)).toMatchObject({ sessionToken: new Secret("") });
  });

  it("[W-5] [A16 #78] [T12.5 #21] renew forgets the session token, and an explicit token stays", async () => {
    const { credentials, fresh } = await bench();
    const registration = credentials.for(identity, new Secret("operator-token"));
    registration.keepSessionToken(fresh);
    registration.renew();
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret("operator-token"),
      sessionToken: new Secret(""),
      source: "explicit",
    });
  });
});

describe("saved identity without a token", () => {
  it.each([
    ["down", { status: 500 }, "credentials-unavailable"],
    ["refusing", { status: 401, body: { error: "invalid_client" } }, "credentials-refused"],
  ])(
    "[A16 #78] token server %s: fails, but an unexpired session token may register alone",
    async (_name, reply, cause) => {
      const { platform, credentials, fresh, restart } = await bench();
      const before = credentials.for(identity, undefined);
      await before.exchange(before.deposit(offer()), never);
      platform.always(tokenPath, reply);
      const registration = restart().for(identity, undefined);
      expect(await failureOf(registration.tokens(never))).toMatchObject({ cause });
      registration.keepSessionToken(fresh);
      expect(await registration.tokens(never)).toEqual({
        jwt: new Secret(""),
        sessionToken: fresh,
        source: "session",
      });
      registration.renew();
      expect(await failureOf(registration.tokens(never))).toMatchObject({ cause });
    },
  );

  it("[W-5] a store that cannot be read is unavailable, with its code, never anonymous", async () => {
    const refuse = async () => {
      throw Object.assign(new Error("planted"), { code: "EACCES", path: "/keys/x.pem" });
    };
    const store: CredentialStore = {
      load: refuse,
      readKey: refuse,
      proposeKey: refuse,
      save: refuse,
      lock: refuse,
    };
    const { platform, credentials } = await bench({ store });
    const registration = credentials.for(identity, undefined);
    const failure = await failureOf(registration.tokens(never));
    expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "EACCES" });
    expect(failure.detail).toContain("/keys/x.pem");
    expect(failure.detail).not.toContain("planted");
    const exchange = registration.exchange(registration.deposit(offer()), never);
    expect(await failureOf(exchange)).toMatchObject({ cause: "credentials-unavailable", code: "EACCES" });
    expect(platform.received(registerPath)).toEqual([]);
  });
});
