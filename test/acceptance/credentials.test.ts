/** Every way in, against the embedded gateway: real HTTP, real token server, real streams. */
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type Runtime, type RuntimeOptions } from "mooring";
import { type GatewayOptions, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";

const key = "acme.echo_test.one";
const identity = { tenantId: "acme", connectorType: "echo_test", instanceId: "one" };
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function place(options: GatewayOptions = {}) {
  const gateway = await startGateway(options);
  ends.push(() => gateway.close());
  const home = await mkdtemp(join(tmpdir(), "mooring-ways-in-"));
  ends.push(() => rm(home, { recursive: true, force: true }));
  return { gateway, home };
}

type Place = Awaited<ReturnType<typeof place>>;

function runtimeOn(
  { gateway, home }: Place,
  env: Record<string, string> = {},
  options: RuntimeOptions & { readonly authToken?: string } = {},
): Runtime {
  const { authToken, ...rest } = options;
  const { INSTANCE_ID: instanceId = "one" } = env;
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory: join(home, ".strike48") },
    backoff: { baseMs: 20, maxMs: 200, jitterMs: 0 },
    strict: true,
    env: { HOME: home, TENANT_ID: "acme", ...env },
    ...rest,
  });
  runtime.add({ instanceId, connector: echo, ...(authToken === undefined ? {} : { authToken }) });
  ends.push(() => runtime.close());
  return runtime;
}

/** A key as an operator mounts it, and its client. */
async function mountedKey({ gateway, home }: Place, clientId?: string) {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const path = join(home, "connector-key.pem");
  await writeFile(path, privateKey.export({ type: "sec1", format: "pem" }), { mode: 0o600 });
  const client = gateway.registerClient({
    identity,
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
    ...(clientId === undefined ? {} : { clientId }),
  });
  const env = {
    STRIKE48_PRIVATE_KEY_PATH: path,
    STRIKE48_CLIENT_ID: client.clientId,
    STRIKE48_AUTH_URL: gateway.realmUrl,
  };
  return { env, client };
}

const sourceOf = (runtime: Runtime) => runtime.status().registrations[0]?.credentialSource;

describe("a mounted key", () => {
  it("[C14 #91] [W-18] registers without anybody's approval, and its source is told", async () => {
    const here = await place();
    const { env } = await mountedKey(here);
    const runtime = runtimeOn(here, env);
    expect((await runtime.start()).ready).toEqual([key]);
    expect(sourceOf(runtime)).toBe("mounted-key");
    expect(runtime.explain(key)).toContain("Credentials: mounted-key");
  });

  it("[W-6] that cert-manager rotates is picked up by the next token, without a restart", async () => {
    const here = await place();
    const { env, client } = await mountedKey(here);
    here.gateway.fault({ tokenExpiresIn: 1 });
    const runtime = runtimeOn(here, env);
    await runtime.start();
    await mountedKey(here, client.clientId);
    here.gateway.fault({ expireSessionTokens: true });
    here.gateway.disturb("close");
    await here.gateway.until((one) => one.stats().accepted === 2, 60_000);
    await untilStatus(runtime, key, serving);
    expect(sourceOf(runtime)).toBe("mounted-key");
  });

  it("[W-6] that is refused waits at the slow pace; explain names the key and what to check", async () => {
    const here = await place();
    const { env, client } = await mountedKey(here);
    here.gateway.revokeClient(client.clientId);
    const runtime = runtimeOn(here, env);
    void runtime.start();
    const status = await untilStatus(runtime, key, (one) => one.child === "refused");
    expect(status.cause).toBe("credentials-refused");
    expect(status.counters.current_backoff_ms).toBeGreaterThanOrEqual(30_000);
    expect(runtime.explain(key)).toContain("STRIKE48_CLIENT_ID");
    expect(here.gateway.stats().registerRequests).toBe(0);
  });

  it("needs a tenant, by name", async () => {
    const here = await place();
    const { env } = await mountedKey(here);
    expect(() => runtimeOn(here, { ...env, TENANT_ID: "" })).toThrow("TENANT_ID");
  });
});

describe("a one-time token given beforehand", () => {
  const token = ({ gateway }: Place) => gateway.issueOneTimeToken(identity).token;

  it("[C14 #89] [A14 pre-approval] registers at once; a restart with the used token finds the saved credentials", async () => {
    const here = await place();
    const env = { STRIKE48_REGISTRATION_TOKEN: token(here) };
    const before = runtimeOn(here, env);
    expect((await before.start()).ready).toEqual([key]);
    expect(sourceOf(before)).toBe("one-time-token");
    await before.close();
    const after = runtimeOn(here, env);
    expect((await after.start()).ready).toEqual([key]);
    expect(sourceOf(after)).toBe("saved");
    expect(here.gateway.stats().pending).toBe(0);
  });

  it("[W-14] names the registration alike on the stream and to the API", async () => {
    const here = await place();
    const owner = { ...identity, instanceId: "one-a" };
    const { token: given } = here.gateway.issueOneTimeToken(owner);
    const env = { STRIKE48_REGISTRATION_TOKEN: given, INSTANCE_ID: "one.a" };
    const runtime = runtimeOn(here, env);
    expect((await runtime.start()).ready).toEqual(["acme.echo_test.one-a"]);
  });

  it("[W-1] [A14 OTT reuse] that is used, with nothing saved, waits for approval and then serves", async () => {
    const here = await place();
    const runtime = runtimeOn(here, { STRIKE48_REGISTRATION_TOKEN: "used-before" });
    expect((await runtime.start()).pendingApproval).toEqual([key]);
    here.gateway.approve(key);
    await untilStatus(runtime, key, serving);
    expect(sourceOf(runtime)).toBe("saved");
    expect(runtime.journal(key).map(({ code }) => code)).toContain("HTTP_401");
  });

  it.each([
    ["[A14 OTT replication delay]", { ottUnauthorized: 2 }],
    ["[A14 token 5xx then success]", { tokenServerError: 2 }],
    ["a register call that meets 500", { ottServerError: 1 }],
    ["[W-23] a token server that asks for a pause", { tokenTooMany: 1, tokenRetryAfterSeconds: 1 }],
    ["a client that is not known everywhere yet", { newClientUnknown: 2 }],
  ])("%s is only the failed step again, and then serves", async (_, fault) => {
    const here = await place();
    here.gateway.fault(fault);
    const runtime = runtimeOn(here, { STRIKE48_REGISTRATION_TOKEN: token(here) });
    expect((await runtime.start()).ready).toEqual([key]);
    expect(here.gateway.clients()).toHaveLength(1);
    expect(here.gateway.stats().streamsOpened).toBe(1);
    expect(runtime.journal(key).map(({ event }) => event)).toContain("credentials-retrying");
  });

  it.each([
    ["the register call", "ottRedirect" as const],
    ["the token call", "tokenRedirect" as const],
  ])("[W-3] %s that is redirected elsewhere sends nothing there", async (_, fault) => {
    let called = 0;
    const foreign = createServer((_request, response) => {
      called += 1;
      response.end();
    });
    await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => foreign.close(resolve)));
    const here = await place();
    const { port } = foreign.address() as AddressInfo;
    here.gateway.fault({ [fault]: `http://127.0.0.1:${port}/` });
    const runtime = runtimeOn(here, { STRIKE48_REGISTRATION_TOKEN: token(here) });
    void runtime.start();
    const status = await untilStatus(runtime, key, (one) => one.state === "backoff");
    expect(status.code).toBe("REDIRECT");
    expect(called).toBe(0);
    here.gateway.fault({ [fault]: "" });
    await untilStatus(runtime, key, serving);
  });

  it.each([
    ["register call", "ottMalformed" as const],
    ["token call", "tokenMalformed" as const],
    ["token call without a body", "tokenEmpty" as const],
  ])("a malformed answer to the %s is told by its code, and is no end", async (_, fault) => {
    const here = await place();
    here.gateway.fault({ [fault]: 1 });
    const runtime = runtimeOn(here, { STRIKE48_REGISTRATION_TOKEN: token(here) });
    void runtime.start();
    const status = await untilStatus(runtime, key, (one) => one.state === "backoff");
    expect(status.code).toBe("MALFORMED_RESPONSE");
    await untilStatus(runtime, key, serving);
  });
});

describe("AUTH_TOKEN", () => {
  it("[W-18] is the last before asking for approval, and the option the first of all", async () => {
    const here = await place();
    const env = { AUTH_TOKEN: "planted-jwt" };
    const runtime = runtimeOn(here, env);
    void runtime.start();
    await untilStatus(runtime, key, (one) => one.credentialSource === "environment");
    await runtime.close();
    const { env: mounted } = await mountedKey(here);
    const explicit = runtimeOn(here, { ...env, ...mounted }, { authToken: "planted-option" });
    void explicit.start();
    await untilStatus(explicit, key, (one) => one.credentialSource === "explicit");
  });
});

describe("a restart", () => {
  it("[A14 revoked client] with a revoked client is refused, and comes back with a new one-time token once the file is gone", async () => {
    const here: Place = await place();
    const { gateway, home } = here;
    const before = runtimeOn(here, {
      STRIKE48_REGISTRATION_TOKEN: gateway.issueOneTimeToken(identity).token,
    });
    await before.start();
    await before.close();
    for (const { clientId } of gateway.clients()) gateway.revokeClient(clientId);
    const env = { STRIKE48_REGISTRATION_TOKEN: gateway.issueOneTimeToken(identity).token };
    const after = runtimeOn(here, env);
    void after.start();
    const status = await untilStatus(after, key, (one) => one.child === "refused");
    expect(status).toMatchObject({ cause: "credentials-refused", code: "invalid_client" });
    const file = join(home, ".strike48", "credentials", "acme.echo_test.one.json");
    expect(status.detail).toContain(file);
    await rm(file);
    after.registration(key).retryNow();
    await untilStatus(after, key, serving);
    expect(sourceOf(after)).toBe("one-time-token");
  });

  it("with a damaged file of credentials asks for approval again", async () => {
    const here = await place();
    const before = runtimeOn(here, {
      STRIKE48_REGISTRATION_TOKEN: here.gateway.issueOneTimeToken(identity).token,
    });
    await before.start();
    await before.close();
    await writeFile(join(here.home, ".strike48", "credentials", "acme.echo_test.one.json"), "{ damaged");
    const after = runtimeOn(here);
    expect((await after.start()).pendingApproval).toEqual([key]);
    expect(sourceOf(after)).toBe("anonymous");
  });
});
