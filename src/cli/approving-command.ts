/** The command that approves a connector, as people copy it from where the gateway runs. */
import type { Gateway } from "../gateway/index.js";
import { isLoopbackHost } from "../network/loopback.js";
import { defaultPort } from "../protocol/defaults.js";
import { shellWord } from "./foreign-text.js";

type Address = Pick<Gateway, "port" | "httpUrl">;

interface ListenOptions {
  readonly host: string;
  readonly tlsCert?: string;
}

/** Addresses that stand for all of a machine, and what calls that machine from itself. */
const callable: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };

/** The HTTP API as commands on this machine call it; undefined where they would refuse plain http. */
function localUrl(gateway: Address, host: string): string | undefined {
  const local = callable[new URL(gateway.httpUrl).hostname.replace(/^\[|\]$/g, "")];
  const url = local === undefined ? gateway.httpUrl : gateway.httpUrl.replace(/\/\/.*:/, `//${local}:`);
  const isUsable = url.startsWith("https:") || local !== undefined || isLoopbackHost(host);
  return isUsable ? url : undefined;
}

/** As short as it may be for where this gateway listens. */
export function approvingCommand(gateway: Address, options: ListenOptions, hasToken: boolean) {
  const { host } = options;
  const isDefault =
    gateway.port === defaultPort && (host === "127.0.0.1" || host === "0.0.0.0") && !options.tlsCert;
  const url = localUrl(gateway, host) ?? "URL";
  const token = hasToken ? "MOORING_ADMIN_TOKEN=… " : "";
  return (key: string) =>
    `${token}npx mooring approve ${shellWord(key)}${isDefault ? "" : ` --gateway ${url}`}`;
}

/** What the command to approve with needs that it does not say itself. */
export function approvingNotes(
  gateway: Address,
  { host }: ListenOptions,
  hasToken: boolean,
): readonly string[] {
  const plain = `the commands call plain http on loopback only: URL is an address with TLS before this gateway (or give --tls-cert and --tls-key, or --host 0.0.0.0)`;
  return [
    ...(hasToken ? ["MOORING_ADMIN_TOKEN is the token of --admin-token"] : []),
    ...(localUrl(gateway, host) === undefined ? [plain] : []),
  ];
}
