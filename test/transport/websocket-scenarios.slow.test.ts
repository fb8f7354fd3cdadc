/** What a runtime does over WebSocket that it does over gRPC, too. */
import { createRuntime, requestResponseConnector } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { urlFor } from "../support/transports.js";

const one = { tenantId: "acme", instanceId: "one", connector: echo };

function runtimeAt(url: string, options: Parameters<typeof createRuntime>[0] = {}) {
  const runtime = createRuntime({ url, env: {}, strict: true, ...options });
  onTestFinished(() => runtime.close());
  return runtime;
}

describe.each(["h2", "lean", "websocket"] as const)("a connector over %s", (transport) => {
  it("[T12.3 I1] has its own type at the gateway", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const connector = requestResponseConnector({ type: "test", version: "1.0.0", execute: () => 1 });
    expect(connector.connectorType).toBe("test");
    const runtime = runtimeAt(urlFor(gateway, transport));
    runtime.add({ tenantId: "acme", instanceId: "one", connector });
    await runtime.start();
    expect(gateway.registrations().map(({ key }) => key)).toEqual(["acme.test.one"]);
    expect(connector.connectorType).toBe("test");
  });
});

describe("a runtime over WebSocket", () => {
  it("[C14 #18] [C16 #72] [T12.2 W3] serves one registration on a socket, and runs its handler once", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const seen: unknown[] = [];
    const connector = requestResponseConnector({
      type: "echo_test",
      version: "1.0.0",
      execute: (request) => {
        seen.push(request.json());
        return { echo: request.json() };
      },
    });
    const runtime = runtimeAt(urlFor(gateway, "websocket"));
    const { key } = runtime.add({ ...one, connector });
    await runtime.start();
    const answer = await gateway.execute(key, { requestId: "single-req-1", payload: 1 });
    expect(answer.json()).toEqual({ echo: 1 });
    expect(seen).toEqual([1]);
    expect(gateway.stats()).toMatchObject({ connectionsAccepted: 1, registerRequests: 1 });
  });

  it("[C16 #68] [T12.7 #4] refuses a second registration of the same name, before any socket", () => {
    const runtime = runtimeAt("ws://127.0.0.1:1");
    runtime.add(one);
    expect(() => runtime.add(one)).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: expect.stringMatching(/duplicate.*acme\.echo_test\.one/s),
      }),
    );
    expect(runtime.status().channels).toEqual([]);
  });

  it("[T12.4 #18] that was ended before it was started opens nothing", async () => {
    const runtime = runtimeAt("ws://localhost:65535");
    runtime.add(one);
    await runtime.close();
    await runtime.start();
    expect(runtime.status()).toMatchObject({ phase: "stopped", channels: [] });
    expect(await runtime.closed).toMatchObject({ faults: [] });
  });

  it("[T12.4 #19] with reconnect off, a gateway out of reach ends it with its reason", async () => {
    const runtime = runtimeAt("ws://127.0.0.1:1", { reconnect: false });
    const { key } = runtime.add(one);
    await runtime.start();
    expect((await runtime.closed).registrations).toEqual([
      { key, reason: "failed", cause: "unreachable", code: "ECONNREFUSED" },
    ]);
  });

  it("[T12.4 #19] is ended while it looks for a gateway, and leaves nothing that keeps the process", async () => {
    const runtime = runtimeAt("ws://127.0.0.1:1", { backoff: { baseMs: 3_600_000, maxMs: 3_600_000 } });
    const { key } = runtime.add(one);
    void runtime.start();
    await runtime.close();
    expect((await runtime.closed).registrations).toMatchObject([{ key, reason: "shutdown" }]);
    expect(runtime.status().channels).toEqual([]);
  });
});
