/**
 * The options of a runtime: their types, and a row for each. The compiler refuses a table that misses an option of its
 * type, has one too many, or has one of another type.
 */
import { defaultPolicy } from "../../machines/policy.js";
import { type CredentialOptions, credentialOptions } from "../credentials/option-table.js";
import { chartModes } from "../environment/chart-mode.js";
import type { Environment } from "../environment/environment.js";
import type { InspectionSink } from "../inspect/stately.js";
import type { Logger } from "../logger.js";
import { type ProxyOption, proxyVariables } from "../network/proxy/choose.js";
import { having, type Kind, logger, text, textsByName } from "../options/kinds.js";
import {
  bytesRow,
  choiceRow,
  countRow,
  functionRow,
  highestCount,
  numberRow,
  type Rows,
  row,
  switchRow,
  textRow,
  timeRow,
} from "../options/rows.js";
import { defaultDrainMs, defaultRequestMs } from "../protocol/defaults.js";
import { addressVariables } from "../protocol/endpoint.js";
import { defaultMaxMessageBytes } from "../protocol/limits.js";
import { keeps, type RecordingKeep } from "../recording/settings.js";
import { type TransportName, transportSettings } from "../transport/adapters.js";
import { dialOptions, proxyRow, tlsOptions } from "../transport/option-table.js";
import type { TlsOptions } from "../transport/tls.js";
import { type Concurrency, concurrencyRow } from "./concurrency.js";
import { type WorkerCount, workersRow } from "./worker-count.js";

/**
 * Options of `createRuntime`. All times in milliseconds. docs/options.md has them in one table.
 *
 * @example
 * ```ts
 * import { createRuntime, type RuntimeOptions } from "mooring";
 *
 * const options: RuntimeOptions = {
 *   url: "grpcs://gateway.example:443",
 *   maxConcurrentRequests: 20,
 *   backoff: { maxMs: 10_000 },
 * };
 * createRuntime(options);
 * ```
 */
export interface RuntimeOptions {
  /**
   * Where the gateway is: `grpcs://host:port` (TLS), `grpc://host:port`, or `host:port` on loopback or with
   * port 443 (TLS); `wss://host:port` (TLS) or `ws://host:port` for WebSocket. IPv6 in brackets. Environment: `STRIKE48_URL`, `MATRIX_HOST`, `STRIKE48_HOST`.
   * @default `localhost:50061`
   */
  readonly url?: string;
  /** Trust and client certificate. */
  readonly tls?: TlsOptions;
  /**
   * What carries the streams: `h2` (gRPC on HTTP/2 of our own), `lean` (the same on `node:http2`), `connect` (Connect-RPC), `grpc-js`,
   * `websocket`, or `auto`, which tries `h2`, then `websocket`. docs/transports.md tells when to choose which. It must fit the scheme of `url`; `auto` fits all. Environment: `MOORING_TRANSPORT`.
   * @default `websocket` for `ws://`, `wss://`, `http://` and `https://`, else `h2`
   */
  readonly transport?: TransportName | "auto";
  /**
   * The HTTP proxy that streams and HTTP calls lead through: `http://user:password@host:port` or `https://…`, `false` for none
   * whatever the environment says, or a function of the target that is asked at each dial and returns either. The
   * environment is read at each dial. docs/behind-a-proxy.md has the rest. Environment: `STUDIO_PROXY`, `HTTPS_PROXY`,
   * `https_proxy`, `HTTP_PROXY`, `http_proxy`, `ALL_PROXY`, `all_proxy`.
   * @default none
   */
  readonly proxy?: ProxyOption;
  /**
   * Streams on one connection.
   * @default 80
   */
  readonly maxStreamsPerChannel?: number;
  /**
   * Registrations of one tenant on one WebSocket; a further one opens another socket.
   * @default 512
   */
  readonly maxRegistrationsPerSocket?: number;
  /**
   * Time for dialling and opening a stream. The register answer and each credential call get three times as
   * much.
   * @default 10,000 ms
   */
  readonly connectTimeoutMs?: number;
  /**
   * False: a registration stops at its first failure, with its reason in `closed`.
   * @default true
   */
  readonly reconnect?: boolean;
  /** `min(maxMs, baseMs × 2^min(attempt−1, 20) + uniform(0..jitterMs))`. */
  readonly backoff?: {
    /**
     * Delay before the second try; it doubles with each further one. At most `maxMs`.
     * @default 500 ms
     */
    readonly baseMs?: number;
    /**
     * No delay is longer, jitter included.
     * @default 60,000 ms
     */
    readonly maxMs?: number;
    /**
     * Up to so much is added at random, so that many do not come at once.
     * @default 500 ms
     */
    readonly jitterMs?: number;
  };
  /**
   * The wait between two tries, plus `backoff.jitterMs` by chance, while the gateway, an administrator or a setting says no: at once where only a person can help, else from the third no in a row.
   * @default 30,000 ms
   */
  readonly refusedDelayMs?: number;
  /**
   * Uptime after which the back-off starts afresh, and a clean end is returned from at once.
   * @default 5,000 ms
   */
  readonly stableUptimeMs?: number;
  /** How the life of a stream is judged by heartbeats. */
  readonly heartbeat?: {
    /**
     * A heartbeat goes out this often.
     * @default 30,000 ms
     */
    readonly intervalMs?: number;
    /**
     * A stream without an answer for this long is given up. Must be above `intervalMs`; left out, it is at
     * least one and a half times that.
     * @default 45,000 ms
     */
    readonly timeoutMs?: number;
    /**
     * No answer this long after a heartbeat: one probe goes out at once. At most `timeoutMs` less
     * `intervalMs`.
     * @default 5,000 ms
     */
    readonly suspectMs?: number;
  };
  /** How the life of a connection is judged by PINGs. */
  readonly ping?: {
    /**
     * A PING goes out this often on each connection.
     * @default 30,000 ms
     */
    readonly intervalMs?: number;
    /**
     * A connection whose PING is not answered in this time is given up.
     * @default 10,000 ms
     */
    readonly timeoutMs?: number;
  };
  /**
   * Handlers that run at once, per registration. `"adaptive"`: as many as run without slowing each other down, from
   * `least` (4) to `most` (100); docs/concurrency.md tells how they are found.
   * @default 100
   */
  readonly maxConcurrentRequests?: Concurrency;
  /**
   * Requests that wait, per registration. One more is answered "overloaded".
   * @default 1,000
   */
  readonly maxQueuedRequests?: number;
  /**
   * Limit for one request, unless its connector has its own.
   * @default 30,000 ms
   */
  readonly requestTimeoutMs?: number;
  /** Results kept until the gateway has confirmed them, per registration. Evictions are counted. */
  readonly outbox?: {
    /**
     * More bytes of unconfirmed results are not kept, per registration: the oldest are evicted.
     * @default 4 MiB
     */
    readonly maxBytes?: number;
    /**
     * No unconfirmed result is kept for longer.
     * @default 120,000 ms
     */
    readonly maxAgeMs?: number;
  };
  /**
   * Largest message taken or sent. A larger request or result is answered as failed.
   * @default 4 MiB
   */
  readonly maxMessageBytes?: number;
  /**
   * A MetricsReport goes out this often. 0: none, as with `STRIKE48_METRICS_ENABLED` off. Environment:
   * `STRIKE48_METRICS_INTERVAL_MS`.
   * @default 30,000 ms
   */
  readonly metricsIntervalMs?: number;
  /**
   * Time to finish running work before a planned move to a fresh stream.
   * @default 10,000 ms
   */
  readonly reconnectGraceMs?: number;
  /**
   * Deadline of a drain without one of its own, `await using` included.
   * @default 30,000 ms
   */
  readonly drainDeadlineMs?: number;
  /** Keys and saved credentials; docs/credentials.md has all ways in. */
  readonly credentials?: CredentialOptions;
  /**
   * Any pino-like logger.
   * @default silent
   */
  readonly logger?: Logger;
  /**
   * True: the inspector's page may look. A function or an object with `send` (an adapter of `@statelyai/inspect`):
   * besides, it is handed each step of each chart as messages.
   * @default false
   */
  readonly inspect?: boolean | InspectionSink;
  /**
   * What each registration's charts were given and did, in memory, for whoever looks into a trouble afterwards.
   * docs/recording.md tells how it is written and replayed.
   */
  readonly recording?: {
    /**
     * Room for all registrations together; with `workers` each thread has an equal share. 0: nothing is recorded.
     * @default 4 MiB
     */
    readonly maxBytes?: number;
    /**
     * What stays when the room does not do for all: `tail`, the newest; `fault`, the newest until a first
     * fault, then what led there; `all`, the oldest.
     * @default `tail`
     */
    readonly keep?: RecordingKeep;
    /**
     * A recording is written there after a fault, for its owner only; the three before it stay beside it,
     * as `FILE.1` to `FILE.3`.
     * @default none is written
     */
    readonly file?: string;
  };
  /**
   * Host the registrations in so many worker threads instead of this one, each with its own event loop; 0:
   * here; `"auto"`: one for each processor that the process may use, a container's limit included. Needs
   * `module`. See docs/threads.md.
   * @default 0
   */
  readonly workers?: WorkerCount;
  /**
   * The module whose exported connectors the workers load: a file URL or an absolute path. `connector` of
   * `add` is then a connector's type.
   */
  readonly module?: URL | string;
  /**
   * Events of Mooring's own that a state does not expect are errors on `closed` instead of journal lines.
   * For tests.
   * @default false
   */
  readonly strict?: boolean;
  /**
   * Registrations hosted in one actor system. See docs/performance.md.
   * @default 16
   */
  readonly partitionSize?: number;
  /**
   * How the charts are stepped: `planned` works out once what XState works out at each step, and does the same; `plain`
   * leaves it to XState, which also happens with a version of it that plans are not proven with. See docs/machines.md.
   * Environment: `MOORING_CHARTS`.
   * @default `planned`
   */
  readonly charts?: "planned" | "plain";
  /**
   * Randomness of jitter, in [0, 1).
   * @default `Math.random`
   */
  readonly random?: () => number;
  /**
   * Where the environment is read from.
   * @default `process.env`
   */
  readonly env?: Environment;
}

/** The options that have options of their own. */
type Grouped = "tls" | "backoff" | "heartbeat" | "ping" | "outbox" | "credentials" | "recording";

/** Of a module. */
export const moduleLocation: Kind<URL | string> = {
  wanted: "a file URL or an absolute path",
  is: (value): value is URL | string => typeof value === "string" || value instanceof URL,
};

const inspect: Kind<boolean | InspectionSink> = {
  wanted: "true, false, a function or an object with send",
  is: (value): value is boolean | InspectionSink =>
    typeof value === "boolean" || typeof value === "function" || having("send").is(value),
};

/** A variable that is undefined is not set. */
const environment: Kind<Environment> = {
  ...textsByName,
  items: { ...text, is: (value): value is string => value === undefined || text.is(value) },
};

const { ping, ...dialling } = dialOptions;
const { backoff, heartbeat, ...policy } = defaultPolicy;

/** The limits of requests, which a runtime and a registration both have. */
export const requestLimits = {
  maxConcurrentRequests: concurrencyRow,
  maxQueuedRequests: numberRow({
    says: 'Requests that wait, per registration. One more is answered "overloaded".',
    default: 1_000,
    range: { least: 0, most: highestCount },
  }),
  requestTimeoutMs: timeRow(1, {
    says: "Limit for one request, unless its connector has its own.",
    default: defaultRequestMs,
  }),
};

/** Of `createRuntime`. */
export const runtimeOptions = {
  url: textRow({
    says: "Where the gateway is: `grpcs://host:port` (TLS), `grpc://host:port`, or `host:port` on loopback or with port 443 (TLS); `wss://host:port` (TLS) or `ws://host:port` for WebSocket. IPv6 in brackets.",
    usually: "`localhost:50061`",
    environment: addressVariables,
  }),
  tls: tlsOptions,
  transport: choiceRow(transportSettings, {
    says: "What carries the streams: `h2` (gRPC on HTTP/2 of our own), `lean` (the same on `node:http2`), `connect` (Connect-RPC), `grpc-js`, `websocket`, or `auto`, which tries `h2`, then `websocket`. docs/transports.md tells when to choose which. It must fit the scheme of `url`; `auto` fits all.",
    usually: "`websocket` for `ws://`, `wss://`, `http://` and `https://`, else `h2`",
    environment: ["MOORING_TRANSPORT"],
  }),
  proxy: proxyRow({
    says: "The HTTP proxy that streams and HTTP calls lead through: `http://user:password@host:port` or `https://…`, `false` for none whatever the environment says, or a function of the target that is asked at each dial and returns either. The environment is read at each dial. docs/behind-a-proxy.md has the rest.",
    usually: "none",
    environment: proxyVariables,
  }),
  maxStreamsPerChannel: { ...dialling.maxStreamsPerChannel, default: 80 },
  maxRegistrationsPerSocket: dialling.maxRegistrationsPerSocket,
  connectTimeoutMs: { ...dialling.connectTimeoutMs, default: policy.connectTimeoutMs },
  reconnect: switchRow({
    says: "False: a registration stops at its first failure, with its reason in `closed`.",
    default: policy.reconnect,
  }),
  backoff: {
    baseMs: timeRow(0, {
      says: "Delay before the second try; it doubles with each further one. At most `maxMs`.",
      default: backoff.baseMs,
    }),
    maxMs: timeRow(0, { says: "No delay is longer, jitter included.", default: backoff.maxMs }),
    jitterMs: timeRow(0, {
      says: "Up to so much is added at random, so that many do not come at once.",
      default: backoff.jitterMs,
    }),
  },
  refusedDelayMs: timeRow(0, {
    says: "The wait between two tries, plus `backoff.jitterMs` by chance, while the gateway, an administrator or a setting says no: at once where only a person can help, else from the third no in a row.",
    default: policy.refusedDelayMs,
  }),
  stableUptimeMs: timeRow(0, {
    says: "Uptime after which the back-off starts afresh, and a clean end is returned from at once.",
    default: policy.stableUptimeMs,
  }),
  heartbeat: {
    intervalMs: timeRow(1, { says: "A heartbeat goes out this often.", default: heartbeat.intervalMs }),
    timeoutMs: timeRow(1, {
      says: "A stream without an answer for this long is given up. Must be above `intervalMs`; left out, it is at least one and a half times that.",
      default: heartbeat.timeoutMs,
    }),
    suspectMs: timeRow(1, {
      says: "No answer this long after a heartbeat: one probe goes out at once. At most `timeoutMs` less `intervalMs`.",
      default: heartbeat.suspectMs,
    }),
  },
  ping: {
    intervalMs: { ...ping.intervalMs, default: 30_000 },
    timeoutMs: { ...ping.timeoutMs, default: 10_000 },
  },
  ...requestLimits,
  outbox: {
    maxBytes: bytesRow(0, 2 ** 40, {
      says: "More bytes of unconfirmed results are not kept, per registration: the oldest are evicted.",
      default: 4 * 1024 * 1024,
    }),
    maxAgeMs: timeRow(0, { says: "No unconfirmed result is kept for longer.", default: 120_000 }),
  },
  maxMessageBytes: { ...dialling.maxMessageBytes, default: defaultMaxMessageBytes },
  metricsIntervalMs: timeRow(0, {
    says: "A MetricsReport goes out this often. 0: none, as with `STRIKE48_METRICS_ENABLED` off.",
    default: 30_000,
    environment: ["STRIKE48_METRICS_INTERVAL_MS"],
  }),
  reconnectGraceMs: timeRow(0, {
    says: "Time to finish running work before a planned move to a fresh stream.",
    default: policy.reconnectGraceMs,
  }),
  drainDeadlineMs: timeRow(0, {
    says: "Deadline of a drain without one of its own, `await using` included.",
    default: defaultDrainMs,
  }),
  credentials: credentialOptions,
  logger: row(logger, { says: "Any pino-like logger.", usually: "silent", staysHere: true }),
  inspect: row(inspect, {
    says: "True: the inspector's page may look. A function or an object with `send` (an adapter of `@statelyai/inspect`): besides, it is handed each step of each chart as messages.",
    usually: "false",
    staysHere: "Inspect with workers: 0, or ask mooring top, explain, tail and record.",
  }),
  recording: {
    maxBytes: bytesRow(0, 2 ** 40, {
      says: "Room for all registrations together; with `workers` each thread has an equal share. 0: nothing is recorded.",
      default: 4 * 1024 * 1024,
    }),
    keep: choiceRow(keeps, {
      says: "What stays when the room does not do for all: `tail`, the newest; `fault`, the newest until a first fault, then what led there; `all`, the oldest.",
      default: "tail",
    }),
    file: textRow({
      says: "A recording is written there after a fault, for its owner only; the three before it stay beside it, as `FILE.1` to `FILE.3`.",
      usually: "none is written",
    }),
  },
  workers: workersRow,
  module: row(moduleLocation, {
    says: "The module whose exported connectors the workers load: a file URL or an absolute path. `connector` of `add` is then a connector's type.",
    staysHere: true,
  }),
  strict: switchRow({
    says: "Events of Mooring's own that a state does not expect are errors on `closed` instead of journal lines. For tests.",
    default: false,
  }),
  partitionSize: countRow({
    says: "Registrations hosted in one actor system. See docs/performance.md.",
    default: 16,
  }),
  charts: choiceRow(chartModes, {
    says: "How the charts are stepped: `planned` works out once what XState works out at each step, and does the same; `plain` leaves it to XState, which also happens with a version of it that plans are not proven with. See docs/machines.md.",
    default: "planned",
    environment: ["MOORING_CHARTS"],
  }),
  random: functionRow({
    says: "Randomness of jitter, in [0, 1).",
    usually: "`Math.random`",
    staysHere: "Leave it out.",
  }),
  env: row(environment, {
    says: "Where the environment is read from.",
    usually: "`process.env`",
  }),
} satisfies Rows<RuntimeOptions, Grouped>;
