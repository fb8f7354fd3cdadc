/**
 * That the run with `TEST_TRANSPORT=wss-proxy` is what it says: every dial of its runtimes is led through the proxy,
 * and what is led there is TLS of the private authority.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type RuntimeOptions } from "mooring";
import { type Gateway, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { isThroughProxy, urlBefore } from "../support/transports.js";
import { serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.one";
const runsThere = it.skipIf(!isThroughProxy);
const proxyOfRun = async () => (await import("../support/wss-proxy.js")).fileProxy();

async function gatewayOf(): Promise<Gateway> {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  return gateway;
}

async function runtimeAt(url: string, options: RuntimeOptions = {}) {
  const directory = await mkdtemp(join(tmpdir(), "mooring-behind-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const runtime = createRuntime({ url, env: {}, strict: true, credentials: { directory }, ...options });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "one", connector: echo });
  void runtime.start();
  return runtime;
}

/** Passes everything on, and keeps the first byte of each connection. */
async function relayTo(gateway: Gateway) {
  const firstBytes: number[] = [];
  const sockets: Socket[] = [];
  const server = createServer((client) => {
    const target = connect(gateway.port, "127.0.0.1");
    for (const socket of [client, target]) sockets.push(socket.on("error", () => {}));
    client.once("data", (chunk: Buffer) => firstBytes.push(chunk[0] ?? -1));
    client.pipe(target).pipe(client);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { firstBytes, port: (server.address() as AddressInfo).port };
}

runsThere("the socket, and each call for credentials, comes through the proxy and by TLS", async () => {
  const [proxy, gateway] = [await proxyOfRun(), await gatewayOf()];
  const relay = await relayTo(gateway);
  const before = proxy.asked.length;
  const runtime = await runtimeAt(urlBefore(gateway, relay.port));
  await untilStatus(runtime, key, (one) => one.child === "pendingApproval");
  gateway.approve(key);
  await untilStatus(runtime, key, (one) => serving(one) && one.credentialSource === "saved");
  expect((await gateway.execute(key, { payload: 1 })).json()).toBe(1);
  const asked = proxy.asked.slice(before);
  // The gateway's own address stands in what it issues.
  expect(new Set(asked)).toEqual(new Set([`127.0.0.1:${relay.port}`, `127.0.0.1:${gateway.port}`]));
  const tlsHandshake = 22;
  expect(relay.firstBytes.length).toBeGreaterThan(0);
  expect(new Set(relay.firstBytes)).toEqual(new Set([tlsHandshake]));
  expect(gateway.stats().connectionsAccepted).toBe(asked.length);
});

runsThere("an address in the clear comes to nothing", async () => {
  const gateway = await gatewayOf();
  expect(gateway.url).toMatch(/^wss:/);
  const runtime = await runtimeAt(gateway.url.replace("wss", "ws"));
  await untilStatus(runtime, key, (one) => one.cause !== null);
  expect(gateway.stats().streamsOpened).toBe(0);
});

runsThere("a gateway of another authority, and a proxy with another password, are not passed", async () => {
  const [gateway, proxy] = [await gatewayOf(), await proxyOfRun()];
  const { ca } = await authority("CN=Somebody else");
  const mistrusting = await runtimeAt(gateway.url, { tls: { ca } });
  expect(await untilStatus(mistrusting, key, (one) => one.cause !== null)).toMatchObject({ cause: "tls" });
  const stranger = await runtimeAt(gateway.url, { proxy: proxy.url.replace("secret", "secret-wrong") });
  expect(await untilStatus(stranger, key, (one) => one.cause !== null)).toMatchObject({
    code: "PROXY_AUTH_FAILED",
  });
  expect(gateway.stats().streamsOpened).toBe(0);
});
