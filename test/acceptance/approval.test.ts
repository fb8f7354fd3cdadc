import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type RuntimeOptions } from "mooring";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { clearPassword, isOverWebSocket, isThroughProxy } from "../support/transports.js";
import { serving, untilStatus } from "../support/until.js";

const key = "acme.echo_test.one";
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function gatewayWith(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  ends.push(() => gateway.close());
  return gateway;
}

async function folder(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "mooring-approval-"));
  ends.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function runtimeOn(gateway: Gateway, directory: string, options: RuntimeOptions = {}) {
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory },
    backoff: { baseMs: 20, maxMs: 200, jitterMs: 0 },
    strict: true,
    env: {},
    ...options,
  });
  runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  ends.push(() => runtime.close());
  return runtime;
}

const pending = (status: { child: string | null }) => status.child === "pendingApproval";

describe("approval and the credential exchange", () => {
  it("[C14 #90] [A14 anonymous, approve, in-stream token] serves on the same stream after an approval", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    const report = await runtime.start();
    expect(report).toMatchObject({ ready: [], pendingApproval: [key], failing: [], timedOut: false });
    gateway.approve(key);
    const status = await untilStatus(runtime, key, serving);
    expect(status).toMatchObject({ credentialSource: "saved", hasSessionToken: true, cause: null });
    expect(gateway.stats().streamsOpened).toBe(1);
    expect((await gateway.execute(key, { payload: { n: 1 } })).json()).toEqual({ n: 1 });
  });

  it("says to people that the credentials are saved, and nothing of what is as it should be", async () => {
    const gateway = await gatewayWith();
    const said: string[] = [];
    const say = (_fields: unknown, text: unknown) => void said.push(String(text));
    const logger = { debug: () => {}, info: say, warn: say, error: say };
    const runtime = runtimeOn(gateway, await folder(), { logger: logger as never });
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    expect(said.filter((text) => !/^registration|transition|state/i.test(text))).toEqual([
      ...(isThroughProxy ? [clearPassword] : []),
      "Credentials are saved.",
    ]);
  });

  it("[C14 #92] [A14 restart with saved files] an approved connector is not queued again", async () => {
    const gateway = await gatewayWith();
    const directory = await folder();
    const before = runtimeOn(gateway, directory);
    await before.start();
    gateway.approve(key);
    await untilStatus(before, key, serving);
    await before.close();
    const after = runtimeOn(gateway, directory);
    expect((await after.start()).ready).toEqual([key]);
    expect(after.status().registrations[0]?.credentialSource).toBe("saved");
    expect(gateway.stats().pending).toBe(1);
  });

  it("[A14 restart with revoked client] waits refused, and never falls back to anonymous", async () => {
    const gateway = await gatewayWith();
    const directory = await folder();
    const before = runtimeOn(gateway, directory);
    await before.start();
    gateway.approve(key);
    await untilStatus(before, key, serving);
    await before.close();
    gateway.deregister(key);
    const after = runtimeOn(gateway, directory);
    void after.start();
    const status = await untilStatus(after, key, (one) => one.child === "refused");
    expect(status.cause).toBe("credentials-refused");
    expect(status.counters.current_backoff_ms).toBeGreaterThanOrEqual(30_000);
    expect(gateway.stats().pending).toBe(1);
  });

  it("[A14 one-time token replication delay] repeats only the failed step", async () => {
    const gateway = await gatewayWith();
    gateway.fault({ ottUnauthorized: 1 });
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    expect(gateway.stats().registerRequests).toBe(2);
  });

  it("[A14 token 5xx then success] mints again without a new one-time token", async () => {
    const gateway = await gatewayWith();
    gateway.fault({ tokenServerError: 1 });
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    expect(gateway.stats().streamsOpened).toBe(1);
  });

  it("[W-19] [A14 reject then approve] waits at the slow pace, and serves after a retry", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.reject(key);
    const refused = await untilStatus(runtime, key, (one) => one.child === "refused");
    expect(refused.cause).toBe("approval-rejected");
    expect(refused.counters.last_disconnect_reason).toBe("server-closed");
    expect(runtime.explain(key)).toContain("Ask an administrator");
    gateway.approve(key);
    runtime.registration(key).retryNow();
    await untilStatus(runtime, key, serving);
  });

  it("[C14 #20] [A14 session-token resume] comes back with its session token when the access token is refused", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    gateway.fault({ refuseAccessTokens: true });
    gateway.disturb("close");
    await gateway.until((one) => one.stats().streamsOpened === 2 && one.stats().accepted === 2, 60_000);
    await untilStatus(runtime, key, serving);
    expect(gateway.stats().refused).toBe(0);
  });

  it("[A14 two rejections] drops the session token at the second and renews the access token", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    gateway.fault({ failRegister: 2 });
    gateway.disturb("close");
    await gateway.until((one) => one.stats().refused === 2 && one.stats().accepted === 2, 60_000);
    const status = await untilStatus(runtime, key, serving);
    expect(status.counters.successful_reconnects).toBe(1);
  });

  it("[A14 expired access token at the gateway] renews it after two rejections", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    gateway.fault({ refuseAccessTokens: true, expireSessionTokens: true });
    gateway.disturb("close");
    await gateway.until((one) => one.stats().refused >= 2, 60_000);
    gateway.fault({ refuseAccessTokens: false, expireSessionTokens: false });
    await untilStatus(runtime, key, serving);
  });

  it("[A14 credentials for another gateway_id] ignores what is not for it, and serves after its own", async () => {
    const gateway = await gatewayWith();
    gateway.fault({ withholdCredentials: true });
    const directory = await folder();
    const runtime = runtimeOn(gateway, directory);
    await runtime.start();
    gateway.issueCredentials(key, { gatewayId: "acme.echo_test.other" });
    gateway.heartbeat(key);
    await new Promise<void>((resolve) =>
      gateway.on((event) => event.type === "heartbeatAnswered" && resolve()),
    );
    expect(runtime.status().registrations[0]).toMatchObject({ child: "pendingApproval" });
    // A socket has several registrations: what is addressed to another one comes to none of the rest.
    if (!isOverWebSocket)
      expect(runtime.journal(key).map((entry) => entry.event)).toContain("credentials-ignored");
    expect(await readdir(directory, { recursive: true })).toEqual([]);
    gateway.issueCredentials(key);
    await untilStatus(runtime, key, serving);
  });

  it("[A14 foreign absolute register_url] sends nothing there", async () => {
    let called = 0;
    const foreign = createServer((_, response) => {
      called += 1;
      response.end();
    });
    await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
    ends.push(() => new Promise((resolve) => foreign.close(resolve)));
    const { port } = foreign.address() as AddressInfo;
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.issueCredentials(key, {
      registerUrl: `http://127.0.0.1:${port}/api/connectors/register-with-ott`,
    });
    await untilStatus(runtime, key, (one) => one.state === "credentialExchange");
    await untilStatus(runtime, key, pending);
    expect(called).toBe(0);
    gateway.issueCredentials(key);
    await untilStatus(runtime, key, serving);
  });

  it("[C14 #93] [A14 loopback placeholder] uses the dialled address, not the gateway's placeholder", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.issueCredentials(key, { matrixApiUrl: "http://localhost:1" });
    await untilStatus(runtime, key, serving);
  });

  it("[W-8] [A14 one-time token reuse] a consumed token leads to a fresh register and a new token", async () => {
    const gateway = await gatewayWith();
    gateway.fault({ withholdCredentials: true });
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    gateway.fault({ withholdCredentials: false });
    gateway.issueCredentials(key, { ott: "used-before" });
    await untilStatus(runtime, key, serving);
    expect(gateway.stats().streamsOpened).toBe(2);
  });

  it("[W-15] [A16 #82] [A14 server silent after connect] gives up at the deadline and tries again", async () => {
    const gateway = await gatewayWith({ approval: "automatic" });
    gateway.fault({ stallRegister: 1 });
    const runtime = runtimeOn(gateway, await folder(), { connectTimeoutMs: 1_500 });
    void runtime.start();
    const status = await untilStatus(runtime, key, (one) => one.state === "backoff");
    expect(status.cause).toBe("register-timeout");
    await untilStatus(runtime, key, serving);
    expect(gateway.stats()).toMatchObject({ streamsOpened: 2, overlappingStreams: 0 });
  });

  it("[W-8] registers on the same stream when the token server comes back after the exchange was given up", async () => {
    const gateway = await gatewayWith();
    // Four tries of the exchange ask three times each.
    gateway.fault({ tokenServerError: 13 });
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.approve(key);
    const status = await untilStatus(runtime, key, serving);
    expect(status).toMatchObject({ credentialSource: "saved", cause: null });
    expect(gateway.stats().streamsOpened).toBe(1);
    expect(runtime.journal(key).map(({ event }) => event)).toContain("exchange-spent");
  });

  it("goes on serving while the exchange runs, and finishes the exchange over a gateway restart", async () => {
    const gateway = await gatewayWith();
    const runtime = runtimeOn(gateway, await folder());
    await runtime.start();
    gateway.fault({ tokenDelayMs: 300 });
    gateway.approve(key);
    await untilStatus(runtime, key, (one) => one.state === "credentialExchange");
    gateway.heartbeat(key);
    await new Promise<void>((resolve) =>
      gateway.on((event) => event.type === "heartbeatAnswered" && resolve()),
    );
    gateway.disturb("close");
    const status = await untilStatus(runtime, key, serving);
    expect(status.credentialSource).toBe("saved");
  });
});
