/** `transport: "auto"` with worker threads: what one has found, the others take. */
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { Middlebox } from "../support/middlebox.js";
import { eventually } from "../support/until.js";
import { createRuntime, fixture } from "./dist.js";

it("holds one choice for all threads, those that come later included", async () => {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const box = await Middlebox.to(gateway.port, { gRPC: "close", WebSocket: "pass" });
  onTestFinished(() => box.close());
  const runtime = createRuntime({
    url: `grpc://127.0.0.1:${box.port}`,
    transport: "auto",
    workers: 2,
    module: fixture("fatal.mjs"),
    strict: true,
    env: {},
    backoff: { baseMs: 20, maxMs: 100, jitterMs: 0 },
  });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "t", instanceId: "1", connector: "calc" });
  expect(runtime.status()).toMatchObject({ transport: { kind: null } });
  await runtime.start();
  await eventually(() => runtime.status().transport.kind === "WebSocket");
  const { transport, gateway: address } = runtime.status();
  expect(transport.why).toMatch(/^since gRPC does not get through here: /);
  expect(address).toBe(`ws://127.0.0.1:${box.port}`);

  const dialled = box.seen.gRPC;
  const second = runtime.add({ tenantId: "t", instanceId: "2", connector: "calc" });
  await eventually(() => second.status().ready);
  expect(second.status()).toMatchObject({ worker: 2, transport });
  expect(box.seen.gRPC).toBe(dialled);
  expect(runtime.journal(second.key).some(({ event }) => event === "transport.unreached")).toBe(false);
});
