/** The real services of a few registrations, without a runtime around them. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noCounters } from "../../machines/index.js";
import type { RegistrationServices, Services } from "../../src/actors/services.js";
import type { Connector } from "../../src/connectors/connector.js";
import { createCredentialService } from "../../src/credentials/create.js";
import { privateBoard } from "../../src/execution/handler-board.js";
import type { Settings } from "../../src/runtime/options.js";
import { registrationServices } from "../../src/runtime/registrations.js";
import { Ticker } from "../../src/session/ticker.js";
import { createLeanTransport } from "../../src/transport/lean/transport.js";

/** Keys are `tenant.type.instance`. */
export async function servicesFor(
  settings: Settings,
  keys: readonly string[],
  connector: Connector,
): Promise<{ services: Services; close(): Promise<void> }> {
  const { endpoint, tls, connectTimeoutMs, maxStreamsPerChannel, maxMessageBytes, ping } = settings;
  const transport = createLeanTransport({
    endpoint,
    tls,
    connectTimeoutMs,
    maxStreamsPerChannel,
    maxMessageBytes,
    ping,
  });
  const keysDirectory = await mkdtemp(join(tmpdir(), "mooring-test-"));
  const credentials = createCredentialService({
    dialled: { authority: transport.authority, tls: transport.tls },
    stepTimeoutMs: 3 * connectTimeoutMs,
    keysDirectory,
  });
  const ticker = new Ticker(0);
  const heartbeats = new Ticker(settings.heartbeat.intervalMs);
  const inUse = () => ({ kind: transport.kind, why: null });
  const shared = {
    settings,
    transport: Object.assign(transport, { inUse }),
    credentials,
    ticker,
    pulse: { ticker: heartbeats, suspectMs: settings.heartbeat.suspectMs },
    board: privateBoard(),
  };
  const all = new Map<string, RegistrationServices>();
  for (const key of keys) {
    const [tenantId = "", connectorType = "", instanceId = ""] = key.split(".");
    const identity = { tenantId, connectorType, instanceId };
    const options = { ...identity, connector };
    const counters = () => noCounters;
    all.set(key, registrationServices(identity, options, shared, counters));
  }
  return {
    services: {
      transport,
      connectTimeoutMs,
      registration(key) {
        const found = all.get(key);
        if (!found) throw new Error(`no registration ${key}`);
        return found;
      },
    },
    async close() {
      ticker.stop();
      heartbeats.stop();
      for (const { execution } of all.values()) execution.close();
      await transport.close();
      await credentials.close();
      await rm(keysDirectory, { recursive: true, force: true });
    },
  };
}
