/** Refuses options of the embedded gateway that do not exist, and values of the wrong kind. */
import { certificateFault, dateWarning, pairFault } from "../certificate-pair.js";
import { invalidConfig } from "../errors.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged, type Kind, logger, number, onOff, text, texts, textsByName } from "../options/kinds.js";
import { checkTimeLimit, inRange } from "../options/ranges.js";
import { isHostName } from "../serving/foreign-page.js";
import type { ExecuteOptions, GatewayOptions, MountedKeyClient, OneTimeTokenOwner } from "./gateway.js";

const approval: Kind = {
  wanted: '"automatic", "manual" or a function',
  is: (value) => value === "automatic" || value === "manual" || typeof value === "function",
  isOpen: true,
};

const abortSignal: Kind = {
  wanted: "an AbortSignal",
  is: (value) => value instanceof AbortSignal,
};

const startGateway: Call = {
  name: "startGateway()",
  table: {
    host: text,
    port: number,
    allowedHosts: texts,
    tls: { cert: text, key: text, clientCa: text },
    approval,
    adminToken: text,
    realm: text,
    state: text,
    maxMessageBytes: number,
    maxConcurrentStreams: number,
    maxDeliveries: number,
    maxUnreadBytes: number,
    logger,
  } satisfies Record<keyof GatewayOptions, unknown>,
};

const execute: Call = {
  name: "execute()",
  table: {
    payload: judged,
    encoding: number,
    capabilityId: text,
    context: textsByName,
    timeoutMs: number,
    requestId: text,
    signal: abortSignal,
  } satisfies Record<keyof ExecuteOptions, Kind>,
};

/** The calls of a gateway that take an object of a few fields. */
const calls = {
  issueOneTimeToken: {
    name: "issueOneTimeToken()",
    table: { tenantId: text, connectorType: text, instanceId: text } satisfies Record<
      keyof OneTimeTokenOwner,
      Kind
    >,
    required: { tenantId: "the tenant of the connector", connectorType: "its type" },
  },
  registerClient: {
    name: "registerClient()",
    table: {
      identity: { tenantId: text, connectorType: text, instanceId: text },
      publicKey: judged,
      clientId: text,
    } satisfies Record<keyof MountedKeyClient, unknown>,
    required: { identity: "{ tenantId, connectorType, instanceId }", publicKey: "its public key" },
  },
  issueCredentials: {
    name: "issueCredentials()",
    table: { gatewayId: text, registerUrl: text, matrixApiUrl: text, ott: text },
  },
  restart: { name: "restart()", table: { politely: onOff, downMs: number } },
} as const satisfies Record<string, Call>;

/** Throws INVALID_CONFIG that names the field. */
export function checkCall(call: keyof typeof calls, given: unknown): void {
  checkOptions(given, calls[call]);
}

/** Throws INVALID_CONFIG before a handshake fails. */
function checkTls({ tls, logger }: GatewayOptions): void {
  if (tls === undefined) return;
  const { cert, key, clientCa } = tls as Partial<typeof tls>;
  if (cert === undefined || key === undefined)
    throw invalidConfig(
      `tls.${cert === undefined ? "cert" : "key"} is missing: tls.cert and tls.key (PEM) go together.`,
    );
  const fault =
    pairFault({ cert, key }, { cert: "tls.cert", key: "tls.key" }) ??
    (clientCa === undefined ? undefined : certificateFault("tls.clientCa", clientCa));
  if (fault !== undefined) throw invalidConfig(fault);
  const warning = dateWarning("tls.cert", cert, Date.now());
  if (warning !== undefined) logger?.warn({}, warning);
}

/** Throws INVALID_CONFIG that names the option. */
export function checkGatewayOptions(options: GatewayOptions): void {
  checkOptions(options, startGateway);
  if (options.maxMessageBytes !== undefined)
    inRange("maxMessageBytes", options.maxMessageBytes, 1_024, 2 ** 31);
  if (options.maxConcurrentStreams !== undefined)
    inRange("maxConcurrentStreams", options.maxConcurrentStreams, 1, 2 ** 31 - 1);
  const wrong = options.allowedHosts?.find((name) => !isHostName(name));
  if (wrong !== undefined)
    throw invalidConfig(
      `allowedHosts takes host names without scheme and port, such as gateway.example; got "${wrong}".`,
    );
  checkTls(options);
  if (options.state === "") throw invalidConfig("state must name a folder.");
  if (options.maxUnreadBytes !== undefined) inRange("maxUnreadBytes", options.maxUnreadBytes, 1_024, 2 ** 40);
  if (options.maxDeliveries !== undefined) inRange("maxDeliveries", options.maxDeliveries, 1, 2 ** 31 - 1);
}

/** The same for the options of a request. */
export function checkExecuteOptions(options: ExecuteOptions): void {
  checkOptions(options, execute);
  checkTimeLimit("timeoutMs", options.timeoutMs);
}
