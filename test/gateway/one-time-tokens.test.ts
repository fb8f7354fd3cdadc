import { generateKeyPairSync } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { call, gatewayFor, mint, owner, registerUrl } from "./rig.js";

const pair = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
const wish = (token: string, more: Record<string, unknown> = {}) => ({
  token,
  public_key: publicKey,
  connector_type: owner.connectorType,
  instance_id: owner.instanceId,
  ...more,
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a one-time token at the gateway", () => {
  it("[A14 OTT reuse] makes a client once, whose key then gets tokens, and is used up", async () => {
    const gateway = await gatewayFor();
    const { token } = gateway.issueOneTimeToken(owner);
    const made = await call(registerUrl(gateway), wish(token));
    expect(made).toMatchObject({ status: 200, body: { keycloak_url: gateway.realmUrl, tenant_id: "t" } });
    const { client_id: clientId } = made.body as { client_id: string };
    expect(await mint(gateway, { clientId, key: pair.privateKey })).toMatchObject({
      status: 200,
      body: { token_type: "Bearer", expires_in: 300 },
    });
    expect(await call(registerUrl(gateway), wish(token))).toMatchObject({
      status: 401,
      body: { error: "Invalid or expired token", reason: "used" },
    });
  });

  it("tells unknown and expired tokens, and tokens of another type or instance apart", async () => {
    const gateway = await gatewayFor();
    const refusal = async (token: string, more = {}) => {
      const { status, body } = await call(registerUrl(gateway), wish(token, more));
      return [status, body];
    };
    expect(await refusal("nobody-issued-this")).toEqual([
      401,
      { error: "Invalid or expired token", reason: "unknown" },
    ]);
    const { token } = gateway.issueOneTimeToken(owner, 60_000);
    expect(await refusal(token, { connector_type: "other" })).toEqual([
      401,
      { error: "The token is for another connector type", reason: "wrong_type" },
    ]);
    expect(await refusal(token, { instance_id: "two" })).toEqual([
      401,
      { error: "The token is for another instance", reason: "wrong_instance" },
    ]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_001 });
    expect(await refusal(token)).toEqual([401, { error: "Invalid or expired token", reason: "expired" }]);
  });

  it("is not used up by a key that cannot be registered", async () => {
    const gateway = await gatewayFor();
    const { token } = gateway.issueOneTimeToken(owner);
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).publicKey;
    const unusable = ["no key", rsa.export({ type: "spki", format: "pem" }).toString()];
    for (const public_key of unusable) {
      expect(await call(registerUrl(gateway), wish(token, { public_key }))).toMatchObject({
        status: 400,
        body: { error: { code: "INVALID_FIELD", message: expect.stringContaining('"public_key"') } },
      });
    }
    expect((await call(registerUrl(gateway), wish(token))).status).toBe(200);
  });

  it("serves any one instance of its type when it names none", async () => {
    const gateway = await gatewayFor();
    const issued = await call(`${gateway.httpUrl}/api/one-time-tokens`, {
      tenantId: "t",
      connectorType: "calc",
    });
    const { token } = issued.body as { token: string };
    expect(await call(registerUrl(gateway), wish(token, { instance_id: "a.b" }))).toMatchObject({
      status: 401,
      body: { reason: "wrong_instance" },
    });
    expect((await call(registerUrl(gateway), wish(token, { instance_id: "any" }))).status).toBe(200);
    expect(gateway.clients()).toMatchObject([
      { key: "t.calc.any", origin: "one-time-token", revoked: false },
    ]);
    expect(await call(registerUrl(gateway), wish(token, { instance_id: "any" }))).toMatchObject({
      status: 401,
      body: { reason: "used" },
    });
  });

  it.each([
    ["[A14 OTT replication delay] 401", { ottUnauthorized: 1 }, 401],
    ["500", { ottServerError: 1 }, 500],
    ["broken JSON", { ottMalformed: 1 }, 200],
  ])("plays the fault %s once, without using the token up", async (_name, fault, status) => {
    const gateway = await gatewayFor();
    const { token } = gateway.issueOneTimeToken(owner);
    gateway.fault(fault);
    const first = await call(registerUrl(gateway), wish(token));
    expect(first.status).toBe(status);
    expect(first.body).not.toHaveProperty("client_id");
    expect((await call(registerUrl(gateway), wish(token))).body).toHaveProperty("client_id");
  });

  it("redirects elsewhere until told otherwise", async () => {
    const gateway = await gatewayFor();
    const { token } = gateway.issueOneTimeToken(owner);
    gateway.fault({ ottRedirect: "http://127.0.0.1:1/elsewhere" });
    const answer = await call(registerUrl(gateway), wish(token));
    expect([answer.status, answer.headers.get("location")]).toEqual([307, "http://127.0.0.1:1/elsewhere"]);
    gateway.fault({ ottRedirect: "" });
    expect((await call(registerUrl(gateway), wish(token))).status).toBe(200);
  });
});
