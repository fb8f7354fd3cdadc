/**
 * Every option by its name, with its kind. The compiler refuses a table that misses an option of its type, or has
 * one too many. Judges nothing: `known-options.ts` does by these tables.
 */
import type { RegistrationOptions, RuntimeOptions } from "./options.js";

/** `judged`: whoever uses the value looks at it. */
export type Kind = "text" | "switch" | "judged";

/** The options of an option. */
export type Group = Readonly<Record<string, Kind>>;

export type OptionTable = Readonly<Record<string, Kind | Group>>;

type Grouped = "tls" | "backoff" | "heartbeat" | "ping" | "outbox" | "credentials";

type TableOf<Options> = {
  readonly [Name in keyof Options]-?: Name extends Grouped ? TableOf<NonNullable<Options[Name]>> : Kind;
};

/** Of `createRuntime`. */
export const runtimeOptions: TableOf<RuntimeOptions> = {
  url: "text",
  tls: {
    ca: "text",
    caFile: "text",
    cert: "text",
    certFile: "text",
    key: "text",
    keyFile: "text",
    serverName: "text",
    insecure: "switch",
  },
  transport: "judged",
  workers: "judged",
  module: "judged",
  maxStreamsPerChannel: "judged",
  connectTimeoutMs: "judged",
  reconnect: "switch",
  backoff: { baseMs: "judged", maxMs: "judged", jitterMs: "judged" },
  refusedDelayMs: "judged",
  stableUptimeMs: "judged",
  heartbeat: { intervalMs: "judged", timeoutMs: "judged", suspectMs: "judged" },
  ping: { intervalMs: "judged", timeoutMs: "judged" },
  maxConcurrentRequests: "judged",
  maxQueuedRequests: "judged",
  requestTimeoutMs: "judged",
  outbox: { maxBytes: "judged", maxAgeMs: "judged" },
  maxMessageBytes: "judged",
  metricsIntervalMs: "judged",
  reconnectGraceMs: "judged",
  drainDeadlineMs: "judged",
  credentials: {
    directory: "text",
    store: "judged",
    apiUrl: "text",
    allowInsecureHttp: "switch",
    allowedRealms: "judged",
  },
  logger: "judged",
  inspect: "judged",
  strict: "switch",
  partitionSize: "judged",
  random: "judged",
  env: "judged",
};

/** Of `add`. */
export const registrationOptions: TableOf<RegistrationOptions> = {
  tenantId: "text",
  instanceId: "text",
  connector: "judged",
  authToken: "text",
  displayName: "text",
  tags: "judged",
  metadata: "judged",
  maxConcurrentRequests: "judged",
  maxQueuedRequests: "judged",
  requestTimeoutMs: "judged",
};
