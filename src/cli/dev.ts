/** `mooring dev`: the embedded gateway as a process of its own. */
import { readFileSync } from "node:fs";
import { MooringError, textOf } from "../errors.js";
import { type GatewayEvent, startGateway } from "../gateway/index.js";
import { timeOfDay, write } from "./lines.js";
import { Signals } from "./signals.js";

interface DevOptions {
  readonly host: string;
  readonly port: number;
  readonly approval: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly adminToken?: string;
  readonly state?: string;
}

function pem(option: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new MooringError("INVALID_CONFIG", `${option} cannot be read: ${path}.`, { cause });
  }
}

function tlsOf({ tlsCert, tlsKey }: DevOptions) {
  if (!tlsCert && !tlsKey) return {};
  if (!tlsCert || !tlsKey) throw new MooringError("INVALID_CONFIG", "--tls-cert and --tls-key go together.");
  return { tls: { cert: pem("--tls-cert", tlsCert), key: pem("--tls-key", tlsKey) } };
}

/** One line for what an operator cares about; nothing per heartbeat or answer. */
function line(event: GatewayEvent): string | undefined {
  switch (event.type) {
    case "registered":
      return `${event.key}  ${event.state === "pending" ? "registered, waiting for approval" : "registered"}`;
    case "refused":
      return `${event.key}  refused`;
    case "streamClosed":
      if (!event.key) return undefined;
      return `${event.key}  ${event.replaced ? "replaced by a newer stream" : "stream closed"}`;
    case "stateNotSaved":
      return `not saved: ${textOf(event.error)}`;
    default:
      return undefined;
  }
}

export async function dev(options: DevOptions): Promise<void> {
  if (options.approval !== "automatic" && options.approval !== "manual") {
    throw new MooringError(
      "INVALID_CONFIG",
      `--approval must be automatic or manual; got "${options.approval}".`,
    );
  }
  const signals = new Signals();
  const adminToken = options.adminToken ?? process.env.MOORING_ADMIN_TOKEN;
  const gateway = await startGateway({
    host: options.host,
    port: options.port,
    approval: options.approval,
    ...tlsOf(options),
    ...(adminToken ? { adminToken } : {}),
    ...(options.state ? { state: options.state } : {}),
  });
  signals.endBy({ doing: "closing", run: () => gateway.close() });
  gateway.on((event) => {
    const text = line(event);
    if (text) write(`${timeOfDay(Date.now())}  ${text}`);
  });
  write(`gateway  ${gateway.url}  (${options.approval} approval)`);
  write(`API      ${gateway.httpUrl}/api/registrations`);
  write(`approve  curl -X POST ${gateway.httpUrl}/api/registrations/TENANT.TYPE.INSTANCE/approve`);
  process.exitCode = await signals.obeyed;
}
