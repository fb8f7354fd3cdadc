/** What a runtime makes of each fault of the embedded gateway's WebSockets, and who is not touched by it. */
import { createRuntime } from "mooring";
import { type FaultSettings, type Gateway, startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseEndpoint } from "../../src/protocol/endpoint.js";
import { SocketChannel } from "../../src/transport/websocket/channel.js";
import { socketOptions } from "../../src/transport/websocket/socket-options.js";
import { echo, gated } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";
import { serving, untilStatus } from "../support/until.js";

const keyOf = (instanceId: string, tenantId = "acme") => `${tenantId}.echo_test.${instanceId}`;

async function gatewayOf(): Promise<Gateway> {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  return gateway;
}

function runtimeAt(gateway: Gateway, options: Parameters<typeof createRuntime>[0] = {}) {
  const runtime = createRuntime({
    url: urlFor(gateway, "websocket"),
    env: {},
    strict: true,
    backoff: { baseMs: 20, maxMs: 100, jitterMs: 0 },
    ...options,
  });
  onTestFinished(() => runtime.close());
  return runtime;
}

/** Two registrations that share a socket, and one of another tenant on its own. */
async function threeServing() {
  const gateway = await gatewayOf();
  const runtime = runtimeAt(gateway);
  for (const instanceId of ["a", "b"]) runtime.add({ tenantId: "acme", instanceId, connector: echo });
  runtime.add({ tenantId: "other", instanceId: "c", connector: echo });
  await runtime.start();
  const keys = [keyOf("a"), keyOf("b")] as const;
  const counted: string[] = [];
  gateway.on((event) => {
    if (event.type === "fault") counted.push(event.name);
  });
  return { gateway, runtime, keys, apart: keyOf("c", "other"), counted };
}

describe("a WebSocket of the embedded gateway", () => {
  it.each<[keyof FaultSettings, { cause: string; code: string | null; detail: RegExp | null }]>([
    ["phxError", { cause: "connection-lost", code: "PHX_ERROR", detail: /channel for connectors ended/ }],
    ["phxClose", { cause: "server-closed", code: null, detail: null }],
    [
      "unmatchedTopic",
      { cause: "connection-lost", code: "UNMATCHED_TOPIC", detail: /channel for connectors/ },
    ],
    [
      "oversizedFrame",
      { cause: "message-too-large", code: "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH", detail: null },
    ],
    ["halfFrame", { cause: "connection-lost", code: "CLOSED", detail: null }],
  ])("with %s ends for its registrations, which dial anew and lose no request", async (name, expected) => {
    const { gateway, runtime, keys, apart, counted } = await threeServing();
    const before = runtime.journal(apart);
    const lost = keys.map((key) => untilStatus(runtime, key, (one) => !one.ready));
    gateway.fault({ [name]: 1 });
    const answer = gateway.execute(keys[0], { payload: "kept", timeoutMs: 100_000 });
    for (const status of await Promise.all(lost)) {
      expect(status).toMatchObject({ cause: expected.cause, code: expected.code });
      if (expected.detail) expect(status.detail).toMatch(expected.detail);
    }
    expect((await answer).json()).toBe("kept");
    for (const key of keys) {
      const { counters } = await untilStatus(runtime, key, serving);
      expect(counters).toMatchObject({ total_disconnects: 1, successful_reconnects: 1 });
      const [end] = runtime.journal(key).filter((entry) => entry.cause !== undefined);
      expect(end).toMatchObject({
        from: "streaming.serving",
        state: "backoff.transient",
        cause: expected.cause,
      });
      expect(end?.code ?? null).toBe(expected.code);
    }
    expect(counted).toEqual([name]);
    expect(runtime.journal(apart)).toEqual(before);
    expect(gateway.stats().connectionsAccepted).toBe(3);
    expect((await gateway.execute(apart, { payload: 1 })).json()).toBe(1);
  });

  it("with foreignTopic goes on: what is said of another channel is nobody's", async () => {
    const { gateway, runtime, keys, counted } = await threeServing();
    const journals = () => keys.map((key) => runtime.journal(key));
    const before = journals();
    gateway.fault({ foreignTopic: 2 });
    for (const key of keys) expect((await gateway.execute(key, { payload: 1 })).json()).toBe(1);
    expect(counted).toEqual(["foreignTopic", "foreignTopic"]);
    expect(journals()).toEqual(before);
    expect(runtime.status().channels.map(({ unreadable }) => unreadable)).toEqual([0, 0]);
  });

  it("with a fault ahead of the register answer is dialled until it serves", async () => {
    const gateway = await gatewayOf();
    gateway.fault({ phxError: 1, unmatchedTopic: 1, halfFrame: 1 });
    const runtime = runtimeAt(gateway);
    const { key } = runtime.add({ tenantId: "acme", instanceId: "a", connector: echo });
    const lost = untilStatus(runtime, key, (one) => one.code === "PHX_ERROR");
    await runtime.start();
    await lost;
    expect((await gateway.execute(key, { payload: 1 })).json()).toBe(1);
    expect(gateway.faults()).toMatchObject({ phxError: 0, unmatchedTopic: 0, halfFrame: 0 });
  });

  it("with a running handler ends, and the answer goes out on the next one", async () => {
    const gateway = await gatewayOf();
    const runtime = runtimeAt(gateway);
    const work = gated();
    const { key } = runtime.add({ tenantId: "acme", instanceId: "a", connector: work.connector });
    await runtime.start();
    const answer = gateway.execute(key, { payload: "kept", timeoutMs: 100_000 });
    await work.started(1);
    const lost = untilStatus(runtime, key, (one) => one.code === "PHX_ERROR");
    gateway.fault({ phxError: 1 });
    gateway.heartbeat(key);
    await lost;
    await untilStatus(runtime, key, serving);
    work.release();
    expect((await answer).json()).toBe("kept");
    expect(work.seen.started).toBe(1);
  });

  it("with delayJoinMs is waited for", async () => {
    const gateway = await gatewayOf();
    gateway.fault({ delayJoinMs: 100 });
    const runtime = runtimeAt(gateway);
    for (const instanceId of ["a", "b"]) runtime.add({ tenantId: "acme", instanceId, connector: echo });
    await runtime.start();
    expect(gateway.stats().connectionsAccepted).toBe(1);
    expect(runtime.status().ready).toBe(true);
  });

  it("with delayJoinMs beyond the client's patience is given up for all that wait, and dialled again", async () => {
    const gateway = await gatewayOf();
    gateway.fault({ delayJoinMs: 3_600_000 });
    const runtime = runtimeAt(gateway, { connectTimeoutMs: 300 });
    for (const instanceId of ["a", "b"]) runtime.add({ tenantId: "acme", instanceId, connector: echo });
    const late = [keyOf("a"), keyOf("b")].map((key) =>
      untilStatus(runtime, key, (one) => one.state === "backoff"),
    );
    void runtime.start();
    for (const status of await Promise.all(late))
      expect(status).toMatchObject({ cause: "connect-timeout", code: "SILENCE" });
    gateway.fault({ delayJoinMs: 0 });
    for (const key of [keyOf("a"), keyOf("b")]) await untilStatus(runtime, key, serving);
  });

  it("with delayJoinMs beyond the time for the join is left, and says so", async () => {
    const gateway = await gatewayOf();
    gateway.fault({ delayJoinMs: 3_600_000 });
    const options = socketOptions({
      endpoint: parseEndpoint(urlFor(gateway, "websocket")),
      tls: {},
      maxStreamsPerChannel: 1,
      connectTimeoutMs: 60_000,
      ping: { intervalMs: 60_000, timeoutMs: 60_000 },
      maxMessageBytes: 1_024,
    });
    const policy = { ...options.policy, joinTimeoutMs: 50 };
    const channel = new SocketChannel(1, { ...options, policy }, { closed() {}, limited() {} });
    expect(await channel.dialled).toEqual({
      cause: "open-timeout",
      code: "SILENCE",
      detail: "Connected, but the gateway did not open its channel for connectors within 0.05 s.",
    });
    await channel.gone;
  });

  it("has the same faults by the HTTP API, which checks them", async () => {
    const gateway = await gatewayOf();
    const set = async (body: object) => {
      const response = await fetch(`${gateway.httpUrl}/api/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return [response.status, await response.text()] as const;
    };
    expect((await set({ phxClose: 2, delayJoinMs: 5 }))[0]).toBe(200);
    expect(gateway.faults()).toMatchObject({ phxClose: 2, delayJoinMs: 5 });
    expect(await set({ delayJoinMs: -1 })).toEqual([
      400,
      expect.stringMatching(/delayJoinMs.*from 0 to 2147483647/),
    ]);
    expect(await set({ phxEror: 1 })).toEqual([400, expect.stringContaining("phxError")]);
  });
});
