/** The options of the embedded gateway, a row for each, and their checks. */

import { invalidConfig } from "../errors.js";
import type { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { certificateFault, dateWarning, pairFault } from "../network/certificate-pair.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged, type Kind, logger, number, onOff, text, textsByName } from "../options/kinds.js";
import { checkRange } from "../options/ranges.js";
import {
  bytesRow,
  highestInteger,
  numberRow,
  portRow,
  type Rows,
  row,
  textRow,
  textsRow,
  timeRow,
} from "../options/rows.js";
import { defaultRequestMs } from "../protocol/defaults.js";
import {
  defaultMaxMessageBytes,
  defaultMaxUnreadBytes,
  messageBytes,
  relayLimits,
} from "../protocol/limits.js";
import { isHostName } from "../serving/foreign-page.js";
import type {
  ApprovalRule,
  ExecuteOptions,
  GatewayOptions,
  MountedKeyClient,
  OneTimeTokenOwner,
  WebSocketOptions,
} from "./gateway.js";

const approval: Kind<ApprovalRule> = {
  wanted: '"automatic", "manual" or a function',
  is: (value): value is ApprovalRule =>
    value === "automatic" || value === "manual" || typeof value === "function",
  isOpen: true,
};

const encodingNumber: Kind<PayloadEncoding> = {
  ...number,
  is: (value): value is PayloadEncoding => number.is(value),
};

const abortSignal: Kind<AbortSignal> = {
  wanted: "an AbortSignal",
  is: (value) => value instanceof AbortSignal,
};

/** Of `startGateway`. */
export const gatewayOptions = {
  host: textRow({ says: "Address to listen on.", default: "127.0.0.1" }),
  port: portRow,
  allowedHosts: textsRow({
    says: "Host names by which HTTP and gRPC requests may call it besides `host` and those of loopback, without ports, so that web pages cannot reach it through a name of their own.",
    usually: "none on loopback, elsewhere any",
  }),
  tls: {
    cert: textRow({ says: "Certificate (PEM); without `tls` there is no TLS.", required: true }),
    key: textRow({ says: "Key of the certificate (PEM).", required: true }),
    clientCa: textRow({ says: "With it, clients need a certificate of this authority (PEM)." }),
  },
  approval: row(approval, {
    says: "Who decides whether an unknown connector may serve: `automatic`, `manual`, or a function of its identity.",
    default: "manual",
  }),
  adminToken: textRow({
    says: "Bearer token for the administrators' part of the HTTP API. Required when `host` is not loopback.",
    usually: "none",
  }),
  state: textRow({
    says: "A folder to keep approvals, clients, keys and what was issued in, over restarts and `kill -9`; for one gateway at a time. The file in it is a secret.",
    usually: "everything is in memory",
  }),
  realm: textRow({ says: "Realm of the token server.", default: "matrix" }),
  maxMessageBytes: bytesRow(messageBytes.least, messageBytes.most, {
    says: "Largest message taken.",
    default: defaultMaxMessageBytes,
  }),
  maxConcurrentStreams: numberRow({
    says: "HTTP/2 streams on one connection.",
    default: 1_000,
    range: { least: 1, most: highestInteger },
  }),
  maxDeliveries: numberRow({
    says: "How often a request goes out whose stream ends before its answer, before it is given up.",
    default: 10,
    range: { least: 1, most: highestInteger },
  }),
  maxUnreadBytes: bytesRow(1_024, 2 ** 40, {
    says: "Bytes that may wait to be read in all streams together. Past that the stream that holds most is reset, and its requests go out on the next one.",
    default: defaultMaxUnreadBytes,
  }),
  logger: row(logger, { says: "Any pino-like logger.", usually: "silent" }),
} satisfies Rows<GatewayOptions, "tls">;

/** Of `execute`. */
export const executeOptions = {
  payload: row(judged, { says: "A JSON value, or bytes as they are.", takes: "JSON value, or bytes" }),
  encoding: row(encodingNumber, { says: "How the payload is encoded.", usually: "JSON" }),
  capabilityId: textRow({ says: "What of the connector is asked: of tools, the tool's name." }),
  context: row(textsByName, { says: "Texts that go with the request.", usually: "none" }),
  timeoutMs: timeRow(1, { says: "How long to wait for the answer.", default: defaultRequestMs }),
  requestId: textRow({
    says: "Id of the request. The id of a request that is not answered yet is refused.",
    usually: "a fresh UUID",
  }),
  signal: row(abortSignal, {
    says: "Takes the request back: `execute` rejects with the signal's reason, and the request is not delivered again. A connector that has it already is not told: the protocol has no message for that.",
  }),
} satisfies Rows<ExecuteOptions>;

/** Of `openWebSocket`. */
export const webSocketOptions = {
  path: textRow({ says: "With a slash before it.", default: "/" }),
  query: textRow({ says: "Without a question mark.", usually: "none" }),
  headers: row(textsByName, { says: "One value a name.", usually: "none" }),
  timeoutMs: timeRow(1, {
    says: "How long the connector may take to decide.",
    default: 1.5 * relayLimits.openTimeoutMs,
  }),
} satisfies Rows<WebSocketOptions>;

/** By the types of their options. docs/options.md has a table for each. */
export const gatewayCalls = {
  GatewayOptions: { name: "startGateway()", table: gatewayOptions },
  ExecuteOptions: { name: "execute()", table: executeOptions },
  WebSocketOptions: { name: "openWebSocket()", table: webSocketOptions },
} as const satisfies Record<string, Call>;

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
  checkOptions(options, gatewayCalls.GatewayOptions);
  for (const name of ["maxMessageBytes", "maxConcurrentStreams", "maxDeliveries", "maxUnreadBytes"] as const)
    checkRange(name, options[name], gatewayOptions[name]);
  const wrong = options.allowedHosts?.find((name) => !isHostName(name));
  if (wrong !== undefined)
    throw invalidConfig(
      `allowedHosts takes host names without scheme and port, such as gateway.example; got "${wrong}".`,
    );
  checkTls(options);
  if (options.state === "") throw invalidConfig("state must name a folder.");
}

/** The same for the options of a request. */
export function checkExecuteOptions(options: ExecuteOptions): void {
  checkOptions(options, gatewayCalls.ExecuteOptions);
  checkRange("timeoutMs", options.timeoutMs, executeOptions.timeoutMs);
}
