/** A served connector, at a gateway of its own; all is put away after the test. */
import type { Connector, Logger } from "mooring";
import { startGateway } from "mooring/gateway";
import { onTestFinished } from "vitest";
import { createRuntime, fixture, threadConnector } from "./dist.js";

/** A connector of the module, in threads of its own. */
export async function threaded(module: string, options: { threads?: number; connectorType?: string } = {}) {
  const connector = await threadConnector({ module: fixture(module), ...options });
  onTestFinished(() => connector.close());
  return connector;
}

export async function serve(connector: Connector, options: { logger?: Logger; heartbeatMs?: number } = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const every = options.heartbeatMs ?? 10_000;
  const runtime = createRuntime({
    url: gateway.url,
    strict: true,
    env: {},
    heartbeat: { intervalMs: every / 2, timeoutMs: every, suspectMs: every / 4 },
    ...(options.logger ? { logger: options.logger } : {}),
  });
  onTestFinished(() => runtime.close());
  const { key } = runtime.add({ tenantId: "t", instanceId: "i", connector });
  await runtime.start();
  return { gateway, runtime, key, status: () => runtime.registration(key).status() };
}
