/** Streams and HTTP calls through a proxy that wants a password, to a gateway with a private certificate authority. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type RuntimeOptions, requestResponseConnector } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { startTestProxy, type TestProxyOptions } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { type TransportName, transportNames } from "../../src/transport/adapters.js";
import { withResolvers } from "../../src/with-resolvers.js";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";
import { untilStatus } from "../support/until.js";

const password = "planted-secret-p@ss:/%";
const trust = await authority();
const certificate = await trust.issue("127.0.0.1");

async function gateway(approval: "automatic" | "manual" = "automatic"): Promise<Gateway> {
  const one = await startGateway({ approval, tls: certificate });
  onTestFinished(() => one.close());
  return one;
}

async function proxyWith(options: TestProxyOptions = {}) {
  const proxy = await startTestProxy({ user: "alice", password, ...options });
  onTestFinished(() => proxy.close());
  return proxy;
}

async function runtimeAt(gateway: Gateway, transport: TransportName, options: RuntimeOptions) {
  const directory = await mkdtemp(join(tmpdir(), "mooring-proxy-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const runtime = createRuntime({
    url: urlFor(gateway, transport),
    transport,
    tls: { ca: trust.ca },
    credentials: { directory },
    backoff: { baseMs: 10, maxMs: 50, jitterMs: 10 },
    env: {},
    ...options,
  });
  onTestFinished(() => runtime.close());
  return runtime;
}

const registration = { tenantId: "t", instanceId: "i", connector: echo };

describe.each(transportNames)("by %s", (transport) => {
  it("[C14 #85] [T12.10 #31] [A16 #93] serves through it, and gets its credentials through it", async () => {
    const [at, proxy] = [await gateway("manual"), await proxyWith()];
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    await runtime.start();
    at.approve(key);
    await untilStatus(runtime, key, (one) => one.credentialSource === "saved" && one.ready);
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
    const { port } = new URL(at.url.replace("grpcs", "https"));
    expect(new Set(proxy.asked)).toEqual(new Set([`127.0.0.1:${port}`]));
    // The stream, the call that registers a key, and the one for a token.
    expect(proxy.asked.length).toBeGreaterThanOrEqual(3);
    proxy.cut();
    await untilStatus(runtime, key, (one) => one.state === "backoff");
    await untilStatus(runtime, key, (one) => one.ready);
  });

  it("[T12.10 #6] [A16 #93] whose own certificate is of the private authority, too", async () => {
    const [at, proxy] = [await gateway(), await proxyWith({ tls: certificate })];
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    await runtime.start();
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
    expect(proxy.open).toBeGreaterThan(0);
  });

  it.each([{}, { tls: certificate }])("in the clear behind it", async (options) => {
    const at = await startGateway({ approval: "automatic" });
    onTestFinished(() => at.close());
    const proxy = await proxyWith(options);
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    await runtime.start();
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
    expect(proxy.open).toBe(1);
    proxy.cut();
    await untilStatus(runtime, key, (one) => one.counters.total_disconnects > 0);
    await untilStatus(runtime, key, (one) => one.ready);
  });

  it("[T12.10 #34 #37] [T12.11 #7] [A16 #94 #95] says which setting has the wrong password, and takes a new one at the next dial", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    const env = { HTTPS_PROXY: proxy.url.replace("ss%3A", "ss%3Aplanted-secret-wrong") };
    const runtime = await runtimeAt(at, transport, { env });
    const { key } = runtime.add(registration);
    const started = runtime.start();
    const failed = await untilStatus(runtime, key, (one) => one.code === "PROXY_AUTH_FAILED");
    expect(failed).toMatchObject({ cause: "proxy-failed" });
    const told = runtime.explain(key);
    expect(told).toContain(`127.0.0.1:${proxy.port}`);
    expect(told).toMatch(/407.*HTTPS_PROXY/s);
    expect(told).not.toContain("planted-secret");
    env.HTTPS_PROXY = proxy.url;
    await untilStatus(runtime, key, (one) => one.ready);
    await started;
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
  });

  it("loses nothing when it restarts", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    const { promise: may, resolve: go } = withResolvers<void>();
    const { promise: begun, resolve: begin } = withResolvers<void>();
    const runs: unknown[] = [];
    const connector = requestResponseConnector({
      type: "slow",
      version: "1.0.0",
      execute: async (request) => {
        runs.push(request.json());
        begin();
        await may;
        return request.json();
      },
    });
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector });
    await runtime.start();
    const answers = [1, 2, 3].map((payload) => at.execute(key, { payload, timeoutMs: 100_000 }));
    await begun;
    await proxy.restart();
    await untilStatus(runtime, key, (one) => one.counters.total_disconnects > 0);
    await untilStatus(runtime, key, (one) => one.ready);
    go();
    expect((await Promise.all(answers)).map((one) => one.json())).toEqual([1, 2, 3]);
    expect(runs.sort()).toEqual([1, 2, 3]);
  });

  it.each([
    ["PROXY_CONNECT_FAILED", { status: 502 }],
    ["PROXY_CONNECT_FAILED", { cutAfterBytes: 0 }],
    ["PROXY_CONNECT_FAILED", { silent: true }],
  ])(
    "[C16 #16] [T12.10 #35 #37] [T12.11 #6] [A16 #94 #95] tells %s of %j, and tries again",
    async (code, faults) => {
      const [at, proxy] = [await gateway(), await proxyWith()];
      proxy.disturb(faults);
      const runtime = await runtimeAt(at, transport, { proxy: proxy.url, connectTimeoutMs: 1_000 });
      const { key } = runtime.add(registration);
      const started = runtime.start();
      const { detail } = await untilStatus(runtime, key, (one) => one.code === code);
      expect(detail).toContain(`The proxy 127.0.0.1:${proxy.port}`);
      proxy.disturb({});
      await untilStatus(runtime, key, (one) => one.ready);
      await started;
    },
  );

  it("[T12.10 #36] waits for one that answers late (delayMs), and no longer than a dial may take", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    proxy.disturb({ delayMs: 100 });
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url, connectTimeoutMs: 1_000 });
    const { key } = runtime.add(registration);
    await runtime.start();
    await untilStatus(runtime, key, (one) => one.ready);
    proxy.disturb({ delayMs: 3_600_000 });
    const late = untilStatus(runtime, key, (one) => one.code === "PROXY_CONNECT_FAILED");
    proxy.cut();
    expect((await late).detail).toMatch(/timed out/);
    proxy.disturb({});
    await untilStatus(runtime, key, (one) => one.ready);
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
  });

  it("loses nothing when it cuts each way after so many bytes (cutAfterBytes)", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    proxy.disturb({ cutAfterBytes: 20_000 });
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    await runtime.start();
    const payload = "x".repeat(30_000);
    const cut = untilStatus(runtime, key, (one) => one.counters.total_disconnects > 0);
    const answer = at.execute(key, { payload, timeoutMs: 100_000 });
    expect(await cut).toMatchObject({ ready: false, cause: "connection-lost" });
    proxy.disturb({});
    expect((await answer).json()).toBe(payload);
  });

  it("[T12.10 #37] [A16 #95] tells PROXY_UNREACHABLE of one that is not there", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    await proxy.close();
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    void runtime.start();
    const { detail } = await untilStatus(runtime, key, (one) => one.code === "PROXY_UNREACHABLE");
    expect(detail).toMatch(/ECONNREFUSED.*Check the address in proxy/);
  });

  it("holds the target's certificate against the target, and not against the proxy", async () => {
    const tls = await trust.issue("localhost", "proxy.corp");
    const at = await startGateway({ approval: "automatic", tls });
    onTestFinished(() => at.close());
    const proxy = await proxyWith();
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    void runtime.start();
    await untilStatus(runtime, key, (one) => one.code === "ERR_TLS_CERT_ALTNAME_INVALID");
  });

  it("blames the certificate's way when the proxy breaks TLS open", async () => {
    const [at, proxy] = [await gateway(), await proxyWith()];
    proxy.disturb({ badTls: true });
    const runtime = await runtimeAt(at, transport, { proxy: proxy.url });
    const { key } = runtime.add(registration);
    void runtime.start();
    await untilStatus(runtime, key, (one) => one.cause === "tls" || one.cause === "wrong-protocol");
  });
});

it.each([
  ["ws://studio.example", 80],
  ["ws://studio.example:9000", 9_000],
])(
  "[T12.9 #1 #2 #3] a WebSocket at %s reaches a host that only the proxy knows, at port %i",
  async (url, wanted) => {
    const at = await startGateway({ approval: "automatic", allowedHosts: ["studio.example"] });
    onTestFinished(() => at.close());
    const said: string[] = [];
    const sockets = new Set<Socket>();
    const knowing = createServer((client) => {
      const target = connect(at.port, "127.0.0.1");
      for (const socket of [client, target]) sockets.add(socket.on("error", () => {}));
      client.once("data", (head) => {
        said.push(String(head));
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        client.pipe(target).pipe(client);
      });
    });
    knowing.listen(0, "127.0.0.1");
    await once(knowing, "listening");
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      knowing.close();
    });
    const { port } = knowing.address() as AddressInfo;
    const runtime = await runtimeAt(at, "websocket", {
      url,
      proxy: `http://127.0.0.1:${port}`,
    });
    const { key } = runtime.add(registration);
    await runtime.start();
    expect((await at.execute(key, { payload: 1 })).success).toBe(true);
    expect(said[0]).toContain(
      `CONNECT studio.example:${wanted} HTTP/1.1\r\nHost: studio.example:${wanted}\r\n`,
    );
  },
);
