import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createTokenCall, marginMs } from "../../src/credentials/access-token.js";
import { HttpError } from "../../src/credentials/http.js";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { tlsAdvice } from "../../src/network/tls-failure.js";
import { Secret } from "../../src/secret.js";
import {
  failureOf,
  gate,
  identity,
  never,
  type Received,
  sessionToken,
  startBench,
  tokenPath,
} from "./platform.js";

const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const pkcs8 = (key: KeyObject) => key.export({ type: "pkcs8", format: "pem" }).toString();
const form = (request: Received | undefined) => new URLSearchParams(request?.body ?? "");
const assertionOf = (request: Received | undefined) => form(request).get("client_assertion") ?? "";
const token = (value: string, expiresIn?: number) => ({
  status: 200,
  body: {
    access_token: value,
    token_type: "Bearer",
    ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
  },
});
const invalidClient = (headers: Record<string, string> = {}) => ({
  status: 401,
  body: { error: "invalid_client", error_description: "planted-description" },
  headers,
});

/** A platform and a registration whose identity was saved before. */
async function savedBench(options: { key?: KeyObject; kid?: string; realmSuffix?: string } = {}) {
  const store = createMemoryStore();
  const bench = await startBench({ store });
  const credentials = {
    clientId: "client-1",
    realmUrl: `${bench.platform.realmUrl}${options.realmSuffix ?? ""}`,
    tenantId: "acme",
    ...(options.kid === undefined ? {} : { kid: options.kid }),
  };
  await store.save(identity, credentials, new Secret(pkcs8(options.key ?? ec)));
  return { ...bench, store, registration: bench.credentials.for(identity, undefined) };
}

describe("token call", () => {
  it("[W-16] [A16 #47] sends four members and an ES256 assertion with the protocol's claims", async () => {
    const { platform, registration, clocks } = await savedBench({ kid: "kid-1", realmSuffix: "//" });
    await registration.tokens(never);
    const [request] = platform.received(tokenPath);
    expect(request?.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
    expect(Object.fromEntries(form(request))).toEqual({
      grant_type: "client_credentials",
      client_id: "client-1",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]{86}$/),
    });
    expect(decodeProtectedHeader(assertionOf(request))).toEqual({ alg: "ES256", typ: "JWT", kid: "kid-1" });
    const claims = decodeJwt(assertionOf(request));
    expect(Object.keys(claims).toSorted()).toEqual(["aud", "exp", "iat", "iss", "jti", "sub"]);
    expect(claims).toMatchObject({ iss: "client-1", sub: "client-1", aud: platform.realmUrl });
    expect(Number(claims.exp) - Number(claims.iat)).toBe(60);
    expect(Math.abs(Number(claims.iat) - clocks.wallMs / 1000)).toBeLessThan(3);
    expect(claims.jti).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it.each([
    ["[A16 #48] an EC key", ec, "ES256"],
    ["[A16 #45] a legacy RSA key", rsa, "RS256"],
  ])("%s makes an assertion that verifies, without a kid when none is known", async (_name, key, alg) => {
    const { platform, registration } = await savedBench({ key });
    await registration.tokens(never);
    const assertion = assertionOf(platform.received(tokenPath)[0]);
    const { protectedHeader } = await jwtVerify(assertion, createPublicKey(key), {
      issuer: "client-1",
      subject: "client-1",
      audience: platform.realmUrl,
    });
    expect(protectedHeader).toEqual({ alg, typ: "JWT" });
  });

  it("[W-16] [A14 token 5xx then success] [A16 #49] tries again with a new assertion each time", async () => {
    const { platform, registration, waits } = await savedBench();
    platform.next(tokenPath, { status: 500 }, { status: 503 });
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1"), source: "saved" });
    const ids = platform.received(tokenPath).map((request) => decodeJwt(assertionOf(request)).jti);
    expect(new Set(ids).size).toBe(3);
    expect(waits).toEqual([500, 1000]);
  });

  it("gives up after three tries", async () => {
    const { platform, registration } = await savedBench();
    platform.always(tokenPath, { status: 502 });
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
      code: "HTTP_502",
    });
    expect(platform.received(tokenPath)).toHaveLength(3);
  });

  it.each(["invalid_client", "unauthorized_client"])("[W-17] %s means refused, at once", async (error) => {
    for (const status of [400, 401]) {
      const { platform, registration } = await savedBench();
      platform.next(tokenPath, { status, body: { error } });
      expect(await failureOf(registration.tokens(never))).toMatchObject({
        cause: "credentials-refused",
        code: error,
      });
      expect(platform.received(tokenPath)).toHaveLength(1);
    }
  });

  it.each([
    ["another OAuth error", { status: 400, body: { error: "invalid_scope" } }, "HTTP_400"],
    [
      "a 401 page of a proxy",
      { status: 401, body: "<html>invalid_client</html>", headers: { "content-type": "text/html" } },
      "HTTP_401",
    ],
    [
      "a challenge",
      { status: 401, body: "{}", headers: { "www-authenticate": 'Basic realm="planted"' } },
      "HTTP_401",
    ],
    ["404", { status: 404 }, "HTTP_404"],
    ["a redirect", { status: 307, headers: { location: "/elsewhere" } }, "REDIRECT"],
    ["no token", { status: 200, body: {} }, "MALFORMED_RESPONSE"],
    ["no JSON", { status: 200, body: "hello" }, "MALFORMED_RESPONSE"],
    ["an empty body", { status: 200, body: "" }, "MALFORMED_RESPONSE"],
    ["a JSON list", { status: 200, body: [] }, "MALFORMED_RESPONSE"],
  ])("[W-17] %s means unavailable, without another try", async (_name, reply, code) => {
    const { platform, registration } = await savedBench();
    platform.next(tokenPath, reply);
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
      code,
      detail: expect.stringContaining(`The token server ${platform.url} answered`),
    });
    expect(platform.requests).toHaveLength(1);
  });

  it("a challenge beside invalid_client still means refused", async () => {
    const { platform, registration } = await savedBench();
    platform.next(tokenPath, invalidClient({ "www-authenticate": 'Basic realm="x"' }));
    expect(await failureOf(registration.tokens(never))).toMatchObject({ cause: "credentials-refused" });
  });

  it("[W-23] honours a short Retry-After itself and hands a long one on", async () => {
    const { platform, registration, waits } = await savedBench();
    platform.next(tokenPath, { status: 429, headers: { "retry-after": "4" } });
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1") });
    expect(waits).toEqual([4_000]);
    registration.renew();
    platform.next(tokenPath, { status: 503, headers: { "retry-after": "60" } });
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      code: "HTTP_503",
      retryAfterMs: 60_000,
    });
  });

  it("[A16 #53] nobody listens: unavailable, never anonymous", async () => {
    const { registration, store } = await savedBench();
    await store.save(
      identity,
      {
        clientId: "c",
        realmUrl: "http://127.0.0.1:1/realms/r",
        tenantId: "acme",
      },
      new Secret(pkcs8(ec)),
    );
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
      code: "ECONNREFUSED",
      detail: "The token server http://127.0.0.1:1 cannot be reached.",
    });
  });

  it.each([
    "SELF_SIGNED_CERT_IN_CHAIN",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "CERT_REVOKED",
    "EPROTO",
    "TLS_OPTIONS",
  ])("a token server that TLS fails for says what to do: %s", async (code) => {
    const mint = createTokenCall({
      http: { fetch: () => Promise.reject(new HttpError(code)), close() {} },
      allowInsecureHttp: false,
      wallClock: Date.now,
      monotonicClock: () => 0,
    });
    const credentials = { clientId: "c", realmUrl: "https://studio.example.com/realms/r", tenantId: "acme" };
    const saved = {
      kind: "saved",
      credentials,
      privateKeyPem: new Secret(pkcs8(ec)),
      location: "here",
    } as const;
    expect(await failureOf(mint(saved, never))).toMatchObject({
      cause: "credentials-unavailable",
      code,
      detail: `The token server https://studio.example.com cannot be reached by TLS (${code}): ${tlsAdvice(code, "http://")}.`,
      again: true,
    });
  });

  it.each([
    ["http://studio.example.com/realms/r", "INSECURE_HTTP"],
    ["studio.example.com", "REALM_URL"],
  ])("a realm at %s is not asked", async (realmUrl, code) => {
    const { registration, store } = await savedBench();
    await store.save(identity, { clientId: "c", realmUrl, tenantId: "acme" }, new Secret(pkcs8(ec)));
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
      code,
    });
  });

  it.each([
    ["its own URL", (url: string) => [`${url}/`], undefined],
    ["its origin", (url: string) => [new URL(url).origin], undefined],
    ["another realm of its origin", (url: string) => [`${url}-2`], "FOREIGN_REALM"],
    ["another origin", () => ["https://kc.example.com"], "FOREIGN_REALM"],
    ["nothing", () => [], "FOREIGN_REALM"],
  ])("[W-4] a realm list with %s", async (_name, list, code) => {
    const { platform, store, restart } = await savedBench();
    const registration = restart({ store, allowedRealms: list(platform.realmUrl) }).for(identity, undefined);
    if (code === undefined)
      expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1") });
    else expect(await failureOf(registration.tokens(never))).toMatchObject({ code });
    expect(platform.requests).toHaveLength(code === undefined ? 1 : 0);
  });

  it("[W-4] a realm list that is none is refused at construction", async () => {
    const { restart } = await savedBench();
    expect(() => restart({ allowedRealms: ["kc"] })).toThrow("credentials.allowedRealms");
  });

  it("learns the server's clock from a refusal, once, and keeps it", async () => {
    const { platform, registration, clocks } = await savedBench();
    const theirs = clocks.wallMs + 600_000;
    const date = { date: new Date(theirs).toUTCString() };
    platform.next(tokenPath, invalidClient(date));
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("token-1") });
    registration.renew();
    await registration.tokens(never);
    const issuedAt = platform
      .received(tokenPath)
      .map((request) => Number(decodeJwt(assertionOf(request)).iat));
    expect(issuedAt.map((iat) => Math.round((iat - clocks.wallMs / 1000) / 60) + 1)).toEqual([1, 11, 11]);
    registration.renew();
    platform.next(tokenPath, invalidClient(date));
    expect(await failureOf(registration.tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
      code: "CLOCK_SKEW",
      detail: expect.stringContaining("as well"),
    });
    expect(platform.received(tokenPath)).toHaveLength(4);
  });

  it.each([
    ["two days behind", 172_800, "behind"],
    ["two days ahead of", -172_800, "ahead of"],
    ["eleven years behind", 347_000_000, "behind"],
    ["an hour behind, and refused by its clock too,", 3_600, "behind"],
    ["an hour ahead of, and refused by its clock too,", -3_600, "ahead of"],
  ])(
    "a clock %s the token server's is CLOCK_SKEW with both times, and no file is blamed",
    async (_n, by, way) => {
      const { platform, registration, clocks } = await savedBench();
      const theirs = new Date(Math.floor(clocks.wallMs / 1_000 + by) * 1_000);
      platform.always(tokenPath, invalidClient({ date: theirs.toUTCString() }));
      for (let round = 0; round < 2; round += 1) {
        const failure = await failureOf(registration.tokens(never));
        expect(failure).toMatchObject({ cause: "credentials-unavailable", code: "CLOCK_SKEW" });
        expect(failure.detail).toContain(`s ${way} the token server's`);
        expect(failure.detail).toContain(new Date(clocks.wallMs).toISOString());
        expect(failure.detail).toContain(theirs.toISOString());
        expect(failure.detail).not.toMatch(/remove|register anew/);
      }
    },
  );

  it("a clock that agrees leaves a refusal what it is", async () => {
    const { platform, registration, clocks } = await savedBench();
    platform.always(tokenPath, invalidClient({ date: new Date(clocks.wallMs + 3_000).toUTCString() }));
    expect(await failureOf(registration.tokens(never))).toMatchObject({ cause: "credentials-refused" });
  });

  it("bounds the whole call, however the server stalls", async () => {
    const store = createMemoryStore();
    const { platform, credentials } = await startBench({ store, stepTimeoutMs: 60 });
    await store.save(
      identity,
      { clientId: "c", realmUrl: platform.realmUrl, tenantId: "acme" },
      new Secret(pkcs8(ec)),
    );
    const answer = gate();
    platform.always(tokenPath, async () => {
      await answer.promise;
      return token("late");
    });
    expect(await failureOf(credentials.for(identity, undefined).tokens(never))).toMatchObject({
      cause: "credentials-unavailable",
    });
    answer.open();
  });
});

describe("access token in memory", () => {
  it("[A16 #52] a fresh one is used without a call", async () => {
    const { platform, registration, clocks } = await savedBench();
    await registration.tokens(never);
    clocks.monotonicMs = 269_999;
    await registration.tokens(never);
    expect(platform.received(tokenPath)).toHaveLength(1);
  });

  it("[A16 #53] [W-23] one within its margin is replaced, by a clock that nobody sets", async () => {
    const { platform, registration, clocks } = await savedBench();
    platform.next(tokenPath, token("first", 300), token("second", 300));
    await registration.tokens(never);
    clocks.wallMs += 86_400_000;
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("first") });
    clocks.monotonicMs = 270_000;
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("second") });
  });

  it("a short-lived one is used for four fifths of its life; without expires_in it lives 300 s", async () => {
    const { platform, registration, clocks } = await savedBench();
    platform.next(tokenPath, token("short", 20), token("plain"));
    await registration.tokens(never);
    clocks.monotonicMs = 15_999;
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("short") });
    clocks.monotonicMs = 16_000;
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("plain") });
    clocks.monotonicMs = 16_000 + 269_999;
    expect(await registration.tokens(never)).toMatchObject({ jwt: new Secret("plain") });
    expect([marginMs(0), marginMs(20_000), marginMs(3_600_000)]).toEqual([0, 4_000, 30_000]);
  });

  it("[W-5] [A16 #50 #51] renew forgets it, and the session token", async () => {
    const { platform, registration, clocks } = await savedBench();
    platform.next(tokenPath, token("first"), token("second"));
    const kept = sessionToken(Math.floor(clocks.wallMs / 1000) + 3600);
    registration.keepSessionToken(kept);
    expect(await registration.tokens(never)).toMatchObject({
      jwt: new Secret("first"),
      sessionToken: kept,
    });
    registration.renew();
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret("second"),
      sessionToken: new Secret(""),
      source: "saved",
    });
  });

  it("[W-18] one that was renewed and has ended is not sent while the token server is down", async () => {
    const { platform, registration, clocks } = await savedBench();
    const kept = sessionToken(Math.floor(clocks.wallMs / 1000) + 3600);
    registration.keepSessionToken(kept);
    await registration.tokens(never);
    clocks.monotonicMs = 211_000;
    await registration.steps.mint({ ahead: true, isNewClient: false }, never);
    expect(platform.received(tokenPath)).toHaveLength(2);
    clocks.monotonicMs += 300_000;
    platform.always(tokenPath, { status: 503 });
    expect(await registration.tokens(never)).toEqual({
      jwt: new Secret(""),
      sessionToken: kept,
      source: "session",
    });
  });

  it("many who ask at once share one call; one who leaves does not end it", async () => {
    const { platform, registration } = await savedBench();
    const answer = gate();
    platform.next(tokenPath, async () => {
      await answer.promise;
      return token("shared");
    });
    const leaver = new AbortController();
    const waiting = [
      registration.tokens(leaver.signal),
      registration.tokens(never),
      registration.tokens(never),
    ];
    await platform.asked(tokenPath);
    leaver.abort();
    expect(await failureOf(waiting[0]!)).toMatchObject({ cause: "credentials-unavailable", code: "ABORTED" });
    answer.open();
    expect(await waiting[1]).toMatchObject({ jwt: new Secret("shared") });
    expect(await waiting[2]).toMatchObject({ jwt: new Secret("shared") });
    expect(platform.received(tokenPath)).toHaveLength(1);
  });
});

describe("saved identity that cannot sign", () => {
  it.each([
    ["its key is missing", undefined, "KEY_MISSING"],
    [
      "its key is damaged",
      "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n",
      "KEY_UNREADABLE",
    ],
  ])("%s: unavailable with the path, never anonymous", async (_name, key, code) => {
    const { directory, platform, credentials } = await startBench();
    await mkdir(join(directory, "credentials"), { mode: 0o700 });
    await mkdir(join(directory, "keys"), { mode: 0o700 });
    const path = join(directory, "credentials", "acme.calc.calc-1.json");
    await writeFile(path, JSON.stringify(platform.issued), { mode: 0o600 });
    if (key) await writeFile(join(directory, "keys", "acme.calc.calc-1.pem"), key, { mode: 0o600 });
    const failure = await failureOf(credentials.for(identity, undefined).tokens(never));
    expect(failure).toMatchObject({
      cause: "credentials-unavailable",
      code,
      detail: expect.stringContaining(path),
    });
    expect(JSON.stringify(failure)).not.toContain("planted");
    expect(platform.requests).toEqual([]);
  });

  it("its store gives a text where a Secret belongs: the failure says what to do", async () => {
    const { store, platform, restart } = await savedBench();
    const untyped = {
      ...store,
      load: async () => ({ ...(await store.load(identity))!, privateKeyPem: pkcs8(ec) as never }),
    };
    const failure = await failureOf(restart({ store: untyped }).for(identity, undefined).tokens(never));
    expect(failure).toMatchObject({
      code: "KEY_UNREADABLE",
      detail: expect.stringContaining("no Secret: wrap its text in new Secret(text)"),
    });
    expect(platform.requests).toEqual([]);
  });
});
