import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { call, gatewayFor, mint, owner, ownerKey } from "./rig.js";

const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();
const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const clientId = "mounted-1";

async function withClient() {
  const gateway = await gatewayFor();
  gateway.registerClient({ identity: owner, publicKey: pem(p256.publicKey), clientId });
  return { gateway, token: () => mint(gateway, { clientId, key: p256.privateKey }) };
}

describe("clients with a mounted key", () => {
  it.each([
    ["EC P-256 as PEM", p256, "ES256", false],
    ["EC P-256 as JWK", p256, "ES256", true],
    ["EC P-384", generateKeyPairSync("ec", { namedCurve: "secp384r1" }), "ES384", false],
    ["RSA", generateKeyPairSync("rsa", { modulusLength: 2_048 }), "RS256", false],
    ["Ed25519", generateKeyPairSync("ed25519"), "Ed25519", true],
  ] as const)(
    "registers a key (%s) beforehand, with which its owner gets tokens",
    async (_name, pair, algorithm, jwk) => {
      const gateway = await gatewayFor();
      const made = await call(`${gateway.httpUrl}/api/clients`, {
        ...owner,
        clientId,
        publicKey: jwk ? pair.publicKey.export({ format: "jwk" }) : pem(pair.publicKey),
      });
      expect(made).toMatchObject({
        status: 201,
        body: { client_id: clientId, keycloak_url: gateway.realmUrl, tenant_id: "t", algorithm },
      });
      const minted = await mint(gateway, { clientId, key: pair.privateKey, algorithm });
      expect(minted).toMatchObject({ status: 200, body: { expires_in: 300 } });
      const other = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
      expect(await mint(gateway, { clientId, key: other })).toMatchObject({
        status: 401,
        body: { error: "invalid_client" },
      });
    },
  );

  it.each([
    ["another curve", pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey)],
    ["a short RSA key", pem(generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey)],
    ["a kind without algorithm", pem(generateKeyPairSync("x25519").publicKey)],
    ["a private key", p256.privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["a private JWK", p256.privateKey.export({ format: "jwk" })],
    ["a symmetric JWK", { kty: "oct", k: "c2VjcmV0" }],
    ["no key", "-----BEGIN PUBLIC KEY-----"],
    ["broken JSON", "{"],
  ])("refuses %s, and never quotes it", async (_name, publicKey) => {
    const gateway = await gatewayFor();
    const answer = await call(`${gateway.httpUrl}/api/clients`, { ...owner, publicKey });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        error: { code: "INVALID_CONFIG", message: expect.stringMatching(/^"publicKey" .* Expected an EC/) },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain("BEGIN");
    expect(gateway.clients()).toEqual([]);
  });

  it("takes a new key for the same client, as at a rotation, but not for somebody else", async () => {
    const { gateway, token } = await withClient();
    const next = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
    gateway.registerClient({ identity: owner, publicKey: pem(next.publicKey), clientId });
    expect((await token()).status).toBe(401);
    expect((await mint(gateway, { clientId, key: next.privateKey })).status).toBe(200);
    const stranger = { ...owner, tenantId: "other" };
    for (const taken of [clientId, "mooring-cli"]) {
      expect(() =>
        gateway.registerClient({ identity: stranger, publicKey: pem(next.publicKey), clientId: taken }),
      ).toThrow(`The client id "${taken}" is taken`);
    }
  });

  it("[A14 revoked client] gets no tokens after its revocation, nor does its token count", async () => {
    const { gateway, token } = await withClient();
    expect((await token()).status).toBe(200);
    expect(await call(`${gateway.httpUrl}/api/clients/${clientId}/revoke`, {})).toMatchObject({
      status: 200,
      body: { clientId, revoked: true },
    });
    expect(await token()).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect((await call(`${gateway.httpUrl}/api/clients`)).body).toMatchObject([
      { clientId, key: ownerKey, algorithm: "ES256", origin: "mounted-key", revoked: true },
    ]);
    expect((await call(`${gateway.httpUrl}/api/clients/nobody/revoke`, {})).status).toBe(404);
  });
});

describe("the token server", () => {
  it("signs access tokens with a key of its JWKS, for the realm and the client", async () => {
    const { gateway, token } = await withClient();
    const { access_token } = (await token()).body as { access_token: string };
    const keys = createRemoteJWKSet(new URL(`${gateway.realmUrl}/protocol/openid-connect/certs`));
    const { payload } = await jwtVerify(access_token, keys, {
      issuer: gateway.realmUrl,
      audience: gateway.realmUrl,
    });
    expect(payload.client_id).toBe(clientId);
  });

  it("publishes its endpoints below the realm", async () => {
    const gateway = await gatewayFor();
    const { body } = await call(`${gateway.realmUrl}/.well-known/openid-configuration`);
    const { scopes: _scopes, client_id: _client, ...urls } = gateway.signIn;
    expect(body).toMatchObject({ ...urls, jwks_uri: `${gateway.realmUrl}/protocol/openid-connect/certs` });
  });

  it("takes an assertion once", async () => {
    const { gateway } = await withClient();
    const options = { clientId, key: p256.privateKey, claims: { jti: "the-same" } };
    expect((await mint(gateway, options)).status).toBe(200);
    expect((await mint(gateway, options)).status).toBe(401);
  });

  it.each([
    ["another audience", { aud: "https://elsewhere.example" }, 401, "invalid_client"],
    ["another subject", { sub: "somebody" }, 400, "invalid_request"],
    ["an end in the past", { iat: 1, exp: 2 }, 401, "invalid_client"],
  ])("refuses an assertion with %s", async (_name, claims, status, error) => {
    const { gateway } = await withClient();
    expect(await mint(gateway, { clientId, key: p256.privateKey, claims })).toMatchObject({
      status,
      body: { error },
    });
  });

  it("[A14] does not know a new client for as many calls as told", async () => {
    const gateway = await gatewayFor();
    gateway.fault({ newClientUnknown: 2 });
    gateway.registerClient({ identity: owner, publicKey: pem(p256.publicKey), clientId });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1)
      statuses.push((await mint(gateway, { clientId, key: p256.privateKey })).status);
    expect(statuses).toEqual([401, 401, 200]);
  });

  it.each([
    ["[A14 token 5xx then success] 503", { tokenServerError: 1, tokenRetryAfterSeconds: 7 }, 503, "7"],
    ["429", { tokenTooMany: 1, tokenRetryAfterSeconds: 3 }, 429, "3"],
    ["401 once", { tokenUnauthorized: 1 }, 401, null],
    ["broken JSON", { tokenMalformed: 1 }, 200, null],
    ["an empty answer", { tokenEmpty: 1 }, 200, null],
  ])("plays the fault %s once", async (_name, fault, status, retryAfter) => {
    const { gateway, token } = await withClient();
    gateway.fault(fault);
    const first = await token();
    expect([first.status, first.headers.get("retry-after")]).toEqual([status, retryAfter]);
    expect(first.body).not.toHaveProperty("access_token");
    expect((await token()).body).toHaveProperty("access_token");
  });

  it("redirects elsewhere until told otherwise, and gives short tokens", async () => {
    const { gateway, token } = await withClient();
    gateway.fault({ tokenRedirect: "http://127.0.0.1:1/token", tokenExpiresIn: 5 });
    const first = await token();
    expect([first.status, first.headers.get("location")]).toEqual([307, "http://127.0.0.1:1/token"]);
    gateway.fault({ tokenRedirect: "" });
    expect((await token()).body).toMatchObject({ expires_in: 5 });
  });

  it("plays its faults on token calls only", async () => {
    const gateway = await gatewayFor();
    gateway.fault({ tokenServerError: 1 });
    expect((await call(`${gateway.realmUrl}/protocol/openid-connect/certs`)).status).toBe(200);
    expect(gateway.faults()).toMatchObject({ tokenServerError: 1 });
  });
});
