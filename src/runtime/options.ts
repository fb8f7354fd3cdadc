/**
 * The options of a runtime and of a registration: types, defaults, validation. Order of precedence:
 * option, then environment (`environment.ts`), then default. Does not know machines or sockets.
 */
import { defaultPolicy } from "../../machines/policy.js";
import type { Connector } from "../connectors/connector.js";
import type { CredentialStore } from "../credentials/store.js";
import { invalidConfig } from "../errors.js";
import type { InspectionSink } from "../inspect/feed.js";
import { type Logger, silentLogger } from "../logger.js";
import { onlyGiven } from "../options/only-given.js";
import { count, inRange, milliseconds } from "../options/ranges.js";
import { defaultDrainMs, defaultRequestMs, defaultStartMs } from "../protocol/defaults.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { Environment } from "../protocol/environment.js";
import { defaultMaxMessageBytes } from "../protocol/message-limit.js";
import { readMilliseconds } from "../protocol/milliseconds.js";
import { readSwitch } from "../protocol/switch.js";
import { type TransportName, transportNames } from "../transport/create.js";
import { defaultTransport } from "../transport/default.js";
import type { TlsOptions } from "../transport/tls.js";
import { endpointSetting, tlsSetting } from "./gateway-settings.js";
import {
  refuseUnknownDrainOptions,
  refuseUnknownOptions,
  refuseUnknownRegistrationOptions,
  refuseUnknownStartOptions,
} from "./known-options.js";
import { type WorkerSettings, workerSettings } from "./worker-settings.js";

/** All times in milliseconds. */
export interface RuntimeOptions {
  /**
   * Where the gateway is: `grpc://host:port`, `grpcs://host:port` or `host:port` on loopback or with port 443 (TLS).
   * Environment: `STRIKE48_URL`, `MATRIX_HOST`, `STRIKE48_HOST`. Default `localhost:50061`.
   */
  readonly url?: string;
  /** Trust and client certificate. Environment: `MATRIX_TLS_CA_CERT`, `MATRIX_TLS_INSECURE`. Default: system roots. */
  readonly tls?: TlsOptions;
  /**
   * What carries the streams: `lean` (gRPC on `node:http2`), `connect` (Connect-RPC) or `grpc-js`. Default `lean`.
   * Environment: `MOORING_TRANSPORT`. docs/transports.md tells when to choose which.
   */
  readonly transport?: TransportName;
  /**
   * Host the registrations in so many worker threads instead of this one, each with its own event loop; 0 = here.
   * Needs `module`. Default 0.
   */
  readonly workers?: number;
  /** The module whose exported connectors the workers host: a file URL or an absolute path. */
  readonly module?: URL | string;
  /** Streams on one connection. Default 80. */
  readonly maxStreamsPerChannel?: number;
  /** Time for dialling and opening a stream; the register answer and each credential call get three times as much. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** False: a registration stops at its first failure, with its reason. Default true. */
  readonly reconnect?: boolean;
  /** `min(maxMs, baseMs × 2^min(attempt−1, 20) + uniform(0..jitterMs))`. Default 500 (at most `maxMs`), 60,000, 500. */
  readonly backoff?: { readonly baseMs?: number; readonly maxMs?: number; readonly jitterMs?: number };
  /** Slower pace while the gateway or an administrator says no. Default 30,000. */
  readonly refusedDelayMs?: number;
  /** Uptime after which the back-off starts afresh. Default 5,000. */
  readonly stableUptimeMs?: number;
  /**
   * Heartbeat every `intervalMs` (30,000); a stream without an answer for `timeoutMs` (45,000, or
   * one and a half times `intervalMs` when that is more) is given up.
   */
  readonly heartbeat?: {
    readonly intervalMs?: number;
    readonly timeoutMs?: number;
    readonly suspectMs?: number;
  };
  /** HTTP/2 PING every `intervalMs` (30,000), answered within `timeoutMs` (10,000). */
  readonly ping?: { readonly intervalMs?: number; readonly timeoutMs?: number };
  /** Handlers running at once per registration. Default 100. */
  readonly maxConcurrentRequests?: number;
  /** Requests waiting per registration; one more is answered "overloaded". Default 1,000. */
  readonly maxQueuedRequests?: number;
  /** Limit for one request unless its connector says otherwise. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Results kept until the gateway has confirmed them. Default 4 MiB and 120,000 ms per registration. */
  readonly outbox?: { readonly maxBytes?: number; readonly maxAgeMs?: number };
  /** Largest message taken or sent, in bytes. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** A MetricsReport every so often; 0 = none. Environment: `STRIKE48_METRICS_ENABLED`, `STRIKE48_METRICS_INTERVAL_MS`. Default 30,000. */
  readonly metricsIntervalMs?: number;
  /** Time to finish running work before a planned reconnect. Default 10,000. */
  readonly reconnectGraceMs?: number;
  /** Deadline of a drain without one of its own, `await using` included. Default 30,000. */
  readonly drainDeadlineMs?: number;
  /** Keys and saved credentials; docs/credentials.md has all ways in. Environment: `STRIKE48_KEYS_DIR`, `STRIKE48_API_URL`, `MOORING_ALLOW_INSECURE_GRPC`. Default: files in `~/.strike48`. */
  readonly credentials?: {
    readonly directory?: string;
    readonly store?: CredentialStore;
    readonly apiUrl?: string;
    /** Allow plain `http` to hosts other than loopback for credential calls. Default false. */
    readonly allowInsecureHttp?: boolean;
    /** Allow tokens on gRPC without TLS to hosts other than loopback. Environment: `MOORING_ALLOW_INSECURE_GRPC`. Default false. */
    readonly allowInsecureGrpc?: boolean;
    /** The only realms that tokens are asked of: realm URLs, or origins for all their realms. Default: any. */
    readonly allowedRealms?: readonly string[];
  };
  /** Default: silent. */
  readonly logger?: Logger;
  /**
   * True: keep inspection messages for the inspector page. A function or an object with `send` (an adapter of
   * `@statelyai/inspect`): also hand each message on. Off by default.
   */
  readonly inspect?: boolean | InspectionSink;
  /** Events of our own that a state does not expect are errors on `closed` instead of journal lines. For tests. */
  readonly strict?: boolean;
  /** Registrations hosted in one actor system. Default 16; see docs/performance.md. */
  readonly partitionSize?: number;
  /** Randomness of jitter, in [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Where the environment is read from. Default `process.env`. */
  readonly env?: Environment;
}

export interface RegistrationOptions {
  /** Environment: `TENANT_ID`. Default `default`. */
  readonly tenantId?: string;
  /** Must be stable for saved credentials to be found again. Environment: `INSTANCE_ID`. */
  readonly instanceId?: string;
  /** The connector; with `workers`, its `connectorType` as the module exports it. */
  readonly connector: Connector | string;
  /**
   * An access token to register with: before any other credentials. Without one they are found in the order of
   * docs/credentials.md, where `AUTH_TOKEN` of the environment is the last.
   */
  readonly authToken?: string;
  /** Environment: `CONNECTOR_DISPLAY_NAME`. Default: the instance id. */
  readonly displayName?: string;
  /** Environment: `CONNECTOR_TAGS`, separated by commas. */
  readonly tags?: readonly string[];
  /** Operator metadata of this instance; its keys win over `sdk.*`. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly maxConcurrentRequests?: number;
  readonly maxQueuedRequests?: number;
  readonly requestTimeoutMs?: number;
}

/** Options of `start`. */
export interface StartOptions {
  /** How long to wait, in ms. Default 30,000. */
  readonly timeoutMs?: number;
  /** What the report's explanations are broken to fit, such as `process.stdout.columns`. Default: not broken. */
  readonly columns?: number;
}

/** Options of `drain`. */
export interface DrainOptions {
  /** When running work is cancelled, in ms from now. Default: the runtime's `drainDeadlineMs`. */
  readonly deadlineMs?: number;
}

/** Every option with its value. */
export interface Settings {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
  readonly transport: TransportName;
  /** Null: in this thread. */
  readonly workers: WorkerSettings | null;
  readonly maxStreamsPerChannel: number;
  readonly connectTimeoutMs: number;
  readonly reconnect: boolean;
  readonly backoff: { readonly baseMs: number; readonly maxMs: number; readonly jitterMs: number };
  readonly refusedDelayMs: number;
  readonly stableUptimeMs: number;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number; readonly suspectMs: number };
  readonly ping: { readonly intervalMs: number; readonly timeoutMs: number };
  readonly maxConcurrentRequests: number;
  readonly maxQueuedRequests: number;
  readonly requestTimeoutMs: number;
  readonly outbox: { readonly maxBytes: number; readonly maxAgeMs: number };
  readonly maxMessageBytes: number;
  readonly metricsIntervalMs: number;
  readonly reconnectGraceMs: number;
  readonly drainDeadlineMs: number;
  readonly credentials: NonNullable<RuntimeOptions["credentials"]>;
  readonly logger: Logger;
  readonly strict: boolean;
  readonly partitionSize: number;
  readonly random: () => number;
  readonly env: Environment;
}

function transportOf(options: RuntimeOptions, env: Environment): TransportName {
  const name = options.transport ?? (env.MOORING_TRANSPORT?.trim() || defaultTransport);
  const known = transportNames.find((one) => one === name);
  if (known) return known;
  const field = options.transport === undefined ? "MOORING_TRANSPORT" : "transport";
  throw invalidConfig(`${field} must be one of ${transportNames.join(", ")}; got "${String(name)}".`);
}

/** The options go before the variables; a switch of the environment that is none is refused in any case. */
function credentialsOf(options: RuntimeOptions, env: Environment): Settings["credentials"] {
  const apiUrl = env.STRIKE48_API_URL?.trim();
  const allowInsecureGrpc = readSwitch("MOORING_ALLOW_INSECURE_GRPC", env);
  return {
    ...(apiUrl ? { apiUrl } : {}),
    ...(allowInsecureGrpc === undefined ? {} : { allowInsecureGrpc }),
    ...onlyGiven(options.credentials ?? {}),
  };
}

function metricsIntervalOf(options: RuntimeOptions, env: Environment): number {
  if (options.metricsIntervalMs !== undefined)
    return milliseconds("metricsIntervalMs", options.metricsIntervalMs);
  if (readSwitch("STRIKE48_METRICS_ENABLED", env) === false) return 0;
  return readMilliseconds("STRIKE48_METRICS_INTERVAL_MS", env) ?? 30_000;
}

function heartbeatOf(options: RuntimeOptions): Settings["heartbeat"] {
  const { heartbeat: usual } = defaultPolicy;
  const intervalMs = milliseconds(
    "heartbeat.intervalMs",
    options.heartbeat?.intervalMs ?? usual.intervalMs,
    1,
  );
  const timeoutMs = milliseconds(
    "heartbeat.timeoutMs",
    options.heartbeat?.timeoutMs ?? Math.max(usual.timeoutMs, intervalMs * 1.5),
    1,
  );
  if (timeoutMs <= intervalMs) {
    throw invalidConfig(
      `heartbeat.timeoutMs (${timeoutMs}) must be above heartbeat.intervalMs (${intervalMs}): one and a half times is usual.`,
    );
  }
  const suspectMs = milliseconds(
    "heartbeat.suspectMs",
    options.heartbeat?.suspectMs ?? Math.min(usual.suspectMs, timeoutMs - intervalMs),
    1,
  );
  if (suspectMs > timeoutMs - intervalMs) {
    throw invalidConfig(
      `heartbeat.suspectMs (${suspectMs}) must be at most heartbeat.timeoutMs less heartbeat.intervalMs (${timeoutMs - intervalMs}): a later doubt would leave no time for a probe.`,
    );
  }
  return { intervalMs, timeoutMs, suspectMs };
}

function backoffOf({ backoff = {} }: RuntimeOptions): Settings["backoff"] {
  const { backoff: usual } = defaultPolicy;
  // First, because the base follows from it.
  const maxMs = milliseconds("backoff.maxMs", backoff.maxMs ?? usual.maxMs);
  const baseMs = milliseconds("backoff.baseMs", backoff.baseMs ?? Math.min(usual.baseMs, maxMs));
  const jitterMs = milliseconds("backoff.jitterMs", backoff.jitterMs ?? usual.jitterMs);
  if (baseMs > maxMs) {
    throw invalidConfig(
      `backoff.baseMs (${baseMs}) must be at most backoff.maxMs (${maxMs}): the first delay would be above the longest. Lower the one or raise the other.`,
    );
  }
  return { baseMs, maxMs, jitterMs };
}

/** The limits of requests, which a runtime and a registration both have. */
type RequestLimits = Pick<Settings, "maxConcurrentRequests" | "maxQueuedRequests" | "requestTimeoutMs">;

function limitsOf(options: Partial<RequestLimits>): RequestLimits {
  return {
    maxConcurrentRequests: count("maxConcurrentRequests", options.maxConcurrentRequests ?? 100),
    maxQueuedRequests: inRange("maxQueuedRequests", options.maxQueuedRequests ?? 1_000, 0, 1_000_000),
    requestTimeoutMs: milliseconds("requestTimeoutMs", options.requestTimeoutMs ?? defaultRequestMs, 1),
  };
}

/** Throws INVALID_CONFIG that names the option of a registration and the fix. */
export function checkRegistration(options: RegistrationOptions): void {
  refuseUnknownRegistrationOptions(options);
  limitsOf(options);
}

/** How long `start` waits, in ms. Throws INVALID_CONFIG that names the option. */
export function startTimeout(options: StartOptions): number {
  refuseUnknownStartOptions(options);
  return milliseconds("timeoutMs", options.timeoutMs ?? defaultStartMs);
}

/** When a drain gives up, in ms. Throws INVALID_CONFIG that names the option. */
export function drainDeadline(options: DrainOptions, usual: number): number {
  refuseUnknownDrainOptions(options);
  return milliseconds("deadlineMs", options.deadlineMs ?? usual);
}

/** Checks every option and fills in the rest. Throws INVALID_CONFIG that names the option and the fix. */
export function resolveSettings(options: RuntimeOptions): Settings {
  refuseUnknownOptions(options);
  const env = options.env ?? process.env;
  return {
    endpoint: endpointSetting(options.url, env),
    tls: tlsSetting(options.tls, env, options.logger),
    transport: transportOf(options, env),
    workers: workerSettings(options),
    maxStreamsPerChannel: count("maxStreamsPerChannel", options.maxStreamsPerChannel ?? 80),
    connectTimeoutMs: milliseconds(
      "connectTimeoutMs",
      options.connectTimeoutMs ?? defaultPolicy.connectTimeoutMs,
      1,
    ),
    reconnect: options.reconnect ?? defaultPolicy.reconnect,
    backoff: backoffOf(options),
    refusedDelayMs: milliseconds("refusedDelayMs", options.refusedDelayMs ?? defaultPolicy.refusedDelayMs),
    stableUptimeMs: milliseconds("stableUptimeMs", options.stableUptimeMs ?? defaultPolicy.stableUptimeMs),
    heartbeat: heartbeatOf(options),
    ping: {
      intervalMs: milliseconds("ping.intervalMs", options.ping?.intervalMs ?? 30_000, 1),
      timeoutMs: milliseconds("ping.timeoutMs", options.ping?.timeoutMs ?? 10_000, 1),
    },
    ...limitsOf(options),
    outbox: {
      maxBytes: inRange("outbox.maxBytes", options.outbox?.maxBytes ?? 4 * 1024 * 1024, 0, 2 ** 40),
      maxAgeMs: milliseconds("outbox.maxAgeMs", options.outbox?.maxAgeMs ?? 120_000),
    },
    maxMessageBytes: inRange(
      "maxMessageBytes",
      options.maxMessageBytes ?? defaultMaxMessageBytes,
      1_024,
      2 ** 31,
    ),
    metricsIntervalMs: metricsIntervalOf(options, env),
    reconnectGraceMs: milliseconds(
      "reconnectGraceMs",
      options.reconnectGraceMs ?? defaultPolicy.reconnectGraceMs,
    ),
    drainDeadlineMs: milliseconds("drainDeadlineMs", options.drainDeadlineMs ?? defaultDrainMs),
    credentials: credentialsOf(options, env),
    logger: options.logger ?? silentLogger,
    strict: options.strict ?? false,
    partitionSize: count("partitionSize", options.partitionSize ?? 16),
    random: options.random ?? Math.random,
    env,
  };
}
