/** `mooring dev`: the embedded gateway as a process of its own. */
import { dateWarning, pairFault } from "../certificate-pair.js";
import { codeOf, invalidConfig, MooringError } from "../errors.js";
import { type Gateway, startGateway } from "../gateway/index.js";
import { defaultPort } from "../protocol/defaults.js";
import { readTextFileSync } from "../read-file.js";
import { devLines } from "./dev-lines.js";
import { shellWord } from "./foreign-text.js";
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
}

function pem(option: string, path: string): string {
  try {
    return readTextFileSync(path);
  } catch (cause) {
    throw new MooringError(
      "INVALID_CONFIG",
      `${option} ${path} cannot be read (${codeOf(cause)}): it must be a file (PEM).`,
      { cause },
    );
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

/** As short as it may be for where this gateway listens. */
function approvingCommand(gateway: Gateway, options: DevOptions) {
  const isDefault = gateway.port === defaultPort && options.host === "127.0.0.1" && !options.tlsCert;
  return (key: string) =>
    `npx mooring approve ${shellWord(key)}${isDefault ? "" : ` --gateway ${gateway.httpUrl}`}`;
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
    ...(options.allowedHosts
      ? { allowedHosts: options.allowedHosts.split(",").map((one) => one.trim()) }
      : {}),
    ...tlsOf(options),
    ...(adminToken ? { adminToken } : {}),
    ...(options.state ? { state: options.state } : {}),
  });
  signals.endBy({ doing: "closing", run: () => gateway.close() });
  const approving = approvingCommand(gateway, options);
  const quiet = options.quiet ?? false;
  gateway.on((event) => {
    const lines = devLines(event, { approving, quiet });
    if (lines.length > 0) writeText(`${timeOfDay(Date.now())}  ${lines.join("\n          ")}`);
  });
  write(`gateway  ${gateway.url}  (${options.approval} approval)`);
  write(`API      ${gateway.httpUrl}/api/registrations`);
  if (options.state) write(`state    ${options.state}`);
  write(`approve  ${approving("TENANT.TYPE.INSTANCE")}`);
  process.exitCode = await signals.obeyed;
}
