/** `mooring dev`: the embedded gateway as a process of its own. */

import { codeOf, invalidConfig, MooringError, textOf } from "../errors.js";
import { readTextFileSync } from "../files/read-file.js";
import { type Gateway, type GatewayPage, startGateway, startGatewayPage } from "../gateway/index.js";
import { dateWarning, pairFault } from "../network/certificate-pair.js";
import { approvingCommand, approvingNotes } from "./approving-command.js";
import { devLines } from "./dev-lines.js";
import { complain, timeOfDay, write, writeText } from "./lines.js";
import { Signals } from "./signals.js";
import { wrongForm } from "./wrong-form.js";

interface DevOptions {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts?: string;
  readonly approval: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly adminToken?: string;
  readonly state?: string;
  readonly quiet?: boolean;
  readonly page: boolean;
  readonly pagePort: number;
  readonly inspector?: string;
}

function pem(option: string, path: string): string {
  try {
    return readTextFileSync(path);
  } catch (cause) {
    throw new MooringError("INVALID_CONFIG", `${option} cannot be read: ${path} (${codeOf(cause)}).`, {
      cause,
    });
  }
}

function tlsOf({ tlsCert, tlsKey }: DevOptions) {
  if (tlsCert === undefined && tlsKey === undefined) return {};
  if (tlsCert === undefined || tlsKey === undefined) {
    const [given, missing] =
      tlsCert === undefined ? ["--tls-key", "--tls-cert"] : ["--tls-cert", "--tls-key"];
    throw wrongForm(`${given} needs ${missing}: they go together.`);
  }
  const tls = { cert: pem("--tls-cert", tlsCert), key: pem("--tls-key", tlsKey) };
  const names = { cert: `--tls-cert ${tlsCert}`, key: `--tls-key ${tlsKey}` };
  const fault = pairFault(tls, names);
  if (fault !== undefined) throw invalidConfig(fault);
  const warning = dateWarning(names.cert, tls.cert, Date.now());
  if (warning !== undefined) complain(`warning: ${warning}`);
  return { tls };
}

/** None when nobody wants it, or it is not installed. For anything else the gateway is closed again: it would hold the process. */
async function pageOf(
  gateway: Gateway,
  { page, pagePort, inspector }: DevOptions,
): Promise<GatewayPage | undefined> {
  if (!page) return undefined;
  try {
    const shown = inspector === undefined ? {} : { inspector };
    return await startGatewayPage({ gateway, port: pagePort, ...shown });
  } catch (error) {
    if (inspector === undefined && codeOf(error) === "INVALID_CONFIG") {
      complain(`no page: ${textOf(error)}`);
      return undefined;
    }
    await gateway.close();
    throw error;
  }
}

export async function dev(options: DevOptions): Promise<void> {
  if (options.approval !== "automatic" && options.approval !== "manual")
    throw wrongForm(`--approval must be automatic or manual; got "${options.approval}".`);
  const signals = new Signals();
  const adminToken = options.adminToken ?? process.env.MOORING_ADMIN_TOKEN;
  const gateway = await startGateway({
    host: options.host,
    port: options.port,
    approval: options.approval,
    ...(options.allowedHosts
      ? { allowedHosts: options.allowedHosts.split(",").map((one) => one.trim()) }
      : {}),
    ...tlsOf(options),
    ...(adminToken ? { adminToken } : {}),
    ...(options.state ? { state: options.state } : {}),
  });
  const page = await pageOf(gateway, options);
  const close = async () => {
    await page?.close();
    await gateway.close();
  };
  signals.endBy({ doing: "closing", run: close });
  const hasToken = Boolean(adminToken);
  const approving = approvingCommand(gateway, options, hasToken);
  const quiet = options.quiet ?? false;
  gateway.on((event) => {
    const lines = devLines(event, { approving, quiet });
    if (lines.length > 0) writeText(`${timeOfDay(Date.now())}  ${lines.join("\n          ")}`);
  });
  write(`gateway  ${gateway.url}  (${options.approval} approval)`);
  write(`         ${gateway.url.replace(/^grpc/, "ws")}  (the same, by WebSocket)`);
  write(`API      ${gateway.httpUrl}/api/registrations`);
  if (page) write(`page     ${page.url}`);
  if (options.state) write(`state    ${options.state}`);
  write(`approve  ${approving("TENANT.TYPE.INSTANCE")}`);
  for (const note of approvingNotes(gateway, options, hasToken)) write(`         (${note})`);
  process.exitCode = await signals.obeyed;
}
