/** `transport: "auto"` against the embedded gateway, with a middlebox between that lets one of both through, or neither. */
import { createRuntime, type Runtime, type RuntimeOptions } from "mooring";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { startTestProxy } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { authority } from "../support/certificates.js";
import { echo } from "../support/connectors.js";
import { Middlebox, type MiddleboxOptions, type Treatments } from "../support/middlebox.js";
import { accept, phoenixPeer } from "../support/phoenix-peer.js";
import { backingOff, eventually, serving, untilStatus } from "../support/until.js";

const key = "acme.echo_test.one";
const refusing: Treatments = { gRPC: "close", WebSocket: "pass" };

const neither = { kind: null, why: "the gateway has answered over neither gRPC nor WebSocket yet" };

async function gatewayOf(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic", ...options });
  onTestFinished(() => gateway.close());
  return gateway;
}

async function boxTo(
  gateway: { readonly port: number },
  treat: Treatments,
  options: MiddleboxOptions = {},
): Promise<Middlebox> {
  const box = await Middlebox.to(gateway.port, treat, options);
  onTestFinished(() => box.close());
  return box;
}

function runtimeTo(
  url: string,
  options: RuntimeOptions = {},
  instances: readonly string[] = ["one"],
): Runtime {
  const backoff = { baseMs: 10, maxMs: 20, jitterMs: 0 };
  const runtime = createRuntime({
    url,
    transport: "auto",
    env: {},
    strict: true,
    backoff,
    refusedDelayMs: 20,
    ...options,
  });
  onTestFinished(() => runtime.close());
  for (const instanceId of instances) runtime.add({ tenantId: "acme", instanceId, connector: echo });
  return runtime;
}

const notes = (runtime: Runtime, of = key): readonly string[] =>
  runtime
    .journal(of)
    .filter(({ event }) => event?.startsWith("transport."))
    .map(({ event, detail }) => `${event}: ${detail}`);

const answers = async (gateway: Gateway, of = key): Promise<unknown> =>
  (await gateway.execute(of, { payload: { n: 1 } })).json();

describe("transport auto", () => {
  it("takes gRPC where it leads to the gateway, and dials nothing else", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "pass", WebSocket: "pass" });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    expect(runtime.status().transport).toEqual(neither);
    await runtime.start();
    expect(box.seen).toEqual({ gRPC: 1, WebSocket: 0 });
    const { transport, registrations, gateway: address } = runtime.status();
    expect(transport).toEqual({ kind: "gRPC", why: "which the gateway answers" });
    expect(registrations[0]?.transport).toEqual(transport);
    expect(address).toBe(`grpc://127.0.0.1:${box.port}`);
    expect(notes(runtime)).toEqual(["transport.chosen: gRPC, which the gateway answers"]);
    expect(await answers(gateway)).toEqual({ n: 1 });
  });

  it.each(["grpc", "ws", "http"])(
    "takes WebSocket where gRPC is closed, whatever the scheme (%s)",
    async (scheme) => {
      const gateway = await gatewayOf();
      const box = await boxTo(gateway, refusing);
      const runtime = runtimeTo(`${scheme}://127.0.0.1:${box.port}`);
      const report = await runtime.start();
      expect(report.ready).toEqual([key]);
      const { transport, gateway: address, channels } = runtime.status();
      expect(transport).toMatchObject({
        kind: "WebSocket",
        why: expect.stringMatching(/^since gRPC does not get through here: /),
      });
      expect(address).toBe(`ws://127.0.0.1:${box.port}`);
      expect(channels).toHaveLength(1);
      expect(runtime.explain(key)).toMatch(
        / {2}Transport: WebSocket, since gRPC does not get through here: /,
      );
      expect(notes(runtime)).toEqual([expect.stringMatching(/^transport\.chosen: WebSocket, since gRPC/)]);
      // In the same try: nothing failed that a back-off would follow.
      expect(box.seen).toEqual({ gRPC: 1, WebSocket: 1 });
      expect(runtime.journal(key).filter(({ state }) => state.startsWith("backoff"))).toEqual([]);
      expect(await answers(gateway)).toEqual({ n: 1 });
    },
  );

  it("takes WebSocket where gRPC is swallowed, within the one time limit", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "swallow", WebSocket: "pass" });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`, { connectTimeoutMs: 2_000 });
    await runtime.start();
    await untilStatus(runtime, key, serving);
    expect(runtime.status().transport).toEqual({
      kind: "WebSocket",
      why: "since gRPC does not get through here: SILENCE",
    });
  });

  it("takes WebSocket where gRPC opens and the answer to the register request never comes", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "pass", WebSocket: "pass" });
    gateway.fault({ stallRegister: 1 });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`, {
      connectTimeoutMs: 500,
      heartbeat: { intervalMs: 5_000, timeoutMs: 10_000, suspectMs: 100 },
    });
    await runtime.start();
    expect(runtime.status().transport).toEqual({
      kind: "WebSocket",
      why: "since gRPC does not get through here: SILENCE",
    });
  });

  it("tells the gateway what it came by", async () => {
    const registered: (string | undefined)[] = [];
    const peer = await phoenixPeer((request, socket) => {
      registered.push(request.instanceMetadata?.metadata["sdk.transport"]);
      accept(request, socket);
    });
    onTestFinished(() => peer[Symbol.asyncDispose]());
    const box = await boxTo({ port: Number(new URL(peer.url).port) }, refusing);
    await runtimeTo(`grpc://127.0.0.1:${box.port}`).start();
    expect(registered).toEqual(["WebSocket"]);
  });

  it("keeps what works when the other is let through, and when the gateway restarts", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, refusing);
    const backoff = { baseMs: 1_000, maxMs: 1_000, jitterMs: 0 };
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`, { backoff });
    await runtime.start();
    box.treat.gRPC = "pass";
    await gateway.restart({ downMs: 50 });
    await untilStatus(runtime, key, serving);
    await eventually(() => gateway.registrations().some((one) => one.key === key));
    expect(runtime.status().transport.kind).toBe("WebSocket");
  });

  it("tries both again after failures in a row, says so once, and takes what answers", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, refusing);
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    await runtime.start();
    box.treat.WebSocket = "refuse";
    box.cut();
    await eventually(() => notes(runtime).some((one) => one.startsWith("transport.unreached")));
    const before = box.seen.gRPC;
    await eventually(() => box.seen.gRPC > before + 3);
    expect(runtime.status().transport.why).toMatch(
      /^which the gateway answered before; it has failed several times in a row, so gRPC is tried, too \(gRPC: .*WebSocket: HTTP_403\)$/,
    );
    box.treat.gRPC = "pass";
    await untilStatus(runtime, key, serving);
    expect(notes(runtime).map((one) => one.split(":")[0])).toEqual([
      "transport.chosen",
      "transport.doubted",
      "transport.unreached",
      "transport.chosen",
    ]);
    expect(runtime.status().transport).toEqual({
      kind: "gRPC",
      why: "since WebSocket does not get through here: HTTP_403",
    });
    await eventually(() => runtime.status().channels.length === 1);
  });

  it("says once that neither leads to the gateway, and takes the one that opens", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "close", WebSocket: "close" });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    void runtime.start();
    await eventually(() => box.seen.WebSocket > 3);
    const { registrations } = runtime.status();
    expect(registrations[0]?.transport).toMatchObject({
      kind: null,
      why: expect.stringMatching(/gRPC: .*WebSocket: /),
    });
    const status = await untilStatus(runtime, key, ({ cause }) => cause !== null);
    expect(status.detail).toMatch(/gRPC: .*WebSocket: /);
    box.treat.WebSocket = "pass";
    await untilStatus(runtime, key, serving);
    expect(notes(runtime).map((one) => one.split(":")[0])).toEqual([
      "transport.unreached",
      "transport.chosen",
    ]);
    expect(runtime.status().transport.kind).toBe("WebSocket");
  });

  it("does not flip when the gateway is merely away", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "pass", WebSocket: "pass" });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    await runtime.start();
    Object.assign(box.treat, { gRPC: "close", WebSocket: "close" });
    box.cut();
    await eventually(() => notes(runtime).some((one) => one.startsWith("transport.unreached")));
    // It is back between two tries.
    box.treated = (spoken) => {
      if (spoken === "WebSocket") Object.assign(box.treat, { gRPC: "pass", WebSocket: "pass" });
    };
    await untilStatus(runtime, key, serving);
    expect(runtime.status().transport).toEqual({ kind: "gRPC", why: "which the gateway answers" });
  });

  it("is not decided by a registration that the gateway refuses", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, { gRPC: "pass", WebSocket: "pass" });
    gateway.fault({ failRegister: 5 });
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    await runtime.start();
    await untilStatus(runtime, key, serving);
    expect(gateway.stats().refused).toBe(5);
    expect(box.seen.WebSocket).toBe(0);
    expect(notes(runtime)).toEqual(["transport.chosen: gRPC, which the gateway answers"]);
  });

  it("dials nothing else where the proxy wants a password", async () => {
    const gateway = await gatewayOf();
    const proxy = await startTestProxy({ user: "alice", password: "planted-secret-of-the-proxy" });
    onTestFinished(() => proxy.close());
    const runtime = runtimeTo(gateway.url.replace("ws:", "grpc:"), {
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    void runtime.start();
    const status = await untilStatus(runtime, key, backingOff);
    expect(status).toMatchObject({ cause: "proxy-failed", code: "PROXY_AUTH_FAILED" });
    expect(status.transport).toEqual(neither);
    expect(notes(runtime)).toEqual([]);
  });

  it("chooses for each gateway by itself", async () => {
    const [one, other] = [await gatewayOf(), await gatewayOf()];
    const box = await boxTo(other, refusing);
    const direct = runtimeTo(one.url.replace("ws:", "grpc:"));
    const behind = runtimeTo(`grpc://127.0.0.1:${box.port}`);
    await Promise.all([direct.start(), behind.start()]);
    expect([direct, behind].map((runtime) => runtime.status().transport.kind)).toEqual(["gRPC", "WebSocket"]);
  });

  it("makes one choice for all registrations that start together", async () => {
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, refusing);
    const instances = Array.from({ length: 20 }, (_, n) => `i${n}`);
    const runtime = runtimeTo(`grpc://127.0.0.1:${box.port}`, {}, instances);
    const report = await runtime.start();
    expect(report.ready).toHaveLength(20);
    expect(runtime.status().registrations.map(({ transport }) => transport.kind)).toEqual(
      instances.map(() => "WebSocket"),
    );
    expect(box.seen.gRPC).toBe(1);
  });
});

describe("transport auto with TLS", () => {
  it("takes WebSocket where what ends TLS knows no HTTP/2, with the private CA for both", async () => {
    const root = await authority();
    const tls = await root.issue("localhost", "127.0.0.1");
    const gateway = await gatewayOf();
    const box = await boxTo(gateway, refusing, { tls });
    const runtime = runtimeTo(`https://localhost:${box.port}`, { tls: { ca: root.ca } });
    await runtime.start();
    expect(runtime.status().transport).toEqual({
      kind: "WebSocket",
      why: "since gRPC does not get through here: NO_ALPN_H2",
    });
    expect(runtime.status().gateway).toBe(`wss://localhost:${box.port}`);
  });

  it("dials nothing else where trust is missing: the other would fail for the same", async () => {
    const root = await authority();
    const tls = await root.issue("localhost", "127.0.0.1");
    const gateway = await gatewayOf({ tls });
    const runtime = runtimeTo(`grpcs://localhost:${gateway.port}`);
    void runtime.start();
    const status = await untilStatus(runtime, key, backingOff);
    expect(status).toMatchObject({ cause: "tls", transport: { kind: null } });
    expect(notes(runtime)).toEqual([]);
  });
});
