/**
 * Every option by its name, with its kind. The compiler refuses a table that misses an option of its type, or has
 * one too many. Judges nothing: `known-options.ts` does by these tables.
 */
import {
  callable,
  having,
  judged,
  type Kind,
  logger,
  number,
  onOff,
  text,
  texts,
  textsByName,
} from "../options/kinds.js";
import { tlsOptions } from "../transport/option-table.js";
import type { RegistrationOptions, RuntimeOptions } from "./options.js";

type Grouped = "tls" | "backoff" | "heartbeat" | "ping" | "outbox" | "credentials";

type TableOf<Options> = {
  readonly [Name in keyof Options]-?: Name extends Grouped ? TableOf<NonNullable<Options[Name]>> : Kind;
};

/** Of a module. */
export const place: Kind = {
  wanted: "a file URL or an absolute path",
  is: (value) => typeof value === "string" || value instanceof URL,
};

const store = having("load", "readKey", "proposeKey", "save", "lock");

const inspect: Kind = {
  wanted: "true, false, a function or an object with send",
  is: (value) => typeof value === "boolean" || typeof value === "function" || having("send").is(value),
};

/** A variable that is undefined is not set. */
const environment: Kind = {
  ...textsByName,
  items: { ...text, is: (value) => value === undefined || text.is(value) },
};

/** Of `createRuntime`. */
export const runtimeOptions: TableOf<RuntimeOptions> = {
  url: text,
  tls: tlsOptions,
  transport: text,
  workers: number,
  module: place,
  maxStreamsPerChannel: number,
  connectTimeoutMs: number,
  reconnect: onOff,
  backoff: { baseMs: number, maxMs: number, jitterMs: number },
  refusedDelayMs: number,
  stableUptimeMs: number,
  heartbeat: { intervalMs: number, timeoutMs: number, suspectMs: number },
  ping: { intervalMs: number, timeoutMs: number },
  maxConcurrentRequests: number,
  maxQueuedRequests: number,
  requestTimeoutMs: number,
  outbox: { maxBytes: number, maxAgeMs: number },
  maxMessageBytes: number,
  metricsIntervalMs: number,
  reconnectGraceMs: number,
  drainDeadlineMs: number,
  credentials: {
    directory: text,
    store,
    apiUrl: text,
    allowInsecureHttp: onOff,
    allowInsecureGrpc: onOff,
    allowedRealms: texts,
  },
  logger,
  inspect,
  strict: onOff,
  partitionSize: number,
  random: callable,
  env: environment,
};

/** Of `add`. */
export const registrationOptions: TableOf<RegistrationOptions> = {
  tenantId: text,
  instanceId: text,
  connector: judged,
  authToken: text,
  displayName: text,
  tags: texts,
  metadata: textsByName,
  maxConcurrentRequests: number,
  maxQueuedRequests: number,
  requestTimeoutMs: number,
};
