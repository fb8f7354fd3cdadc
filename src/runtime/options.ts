/**
 * The settings of a runtime: what the rows of its options say, and the few rules that one row cannot say. Order of
 * precedence: option, then environment, then default. Does not know machines or sockets.
 */

import type { Environment } from "../environment/environment.js";
import { readSwitch } from "../environment/switch.js";
import { invalidConfig } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import type { ProxyOption } from "../network/proxy/choose.js";
import { checkProxy } from "../network/proxy/dialler.js";
import { type Filled, filled, settled } from "../options/filled.js";
import { bounded } from "../options/ranges.js";
import type { Endpoint } from "../protocol/endpoint.js";
import type { RecordingSettings } from "../recording/settings.js";
import type { TransportSetting } from "../transport/adapters.js";
import type { TlsOptions } from "../transport/tls.js";
import { checkTls, waySetting } from "./gateway-settings.js";
import {
  refuseUnknownDrainOptions,
  refuseUnknownOptions,
  refuseUnknownRegistrationOptions,
  refuseUnknownStartOptions,
} from "./known-options.js";
import { type RuntimeOptions, requestLimits, runtimeOptions } from "./option-table.js";
import {
  type DrainOptions,
  drainOptions,
  type RegistrationOptions,
  type StartOptions,
  startOptions,
} from "./registration-table.js";
import { type WorkerSettings, workerSettings } from "./worker-settings.js";

export type { RuntimeOptions } from "./option-table.js";
export type { DrainOptions, RegistrationOptions, StartOptions } from "./registration-table.js";

/** Every option with its value: those whose row has a default, and those that follow from several. */
export interface Settings
  extends Omit<Filled<typeof runtimeOptions>, "workers" | "tls" | "credentials" | "recording"> {
  readonly endpoint: Endpoint;
  readonly transport: TransportSetting;
  /** With `auto`: what each transport dials; else null. */
  readonly eitherEndpoint: Readonly<Record<Endpoint["transport"], Endpoint>> | null;
  readonly tls: TlsOptions;
  /** Undefined: the environment says it, at each dial. */
  readonly proxy: ProxyOption | undefined;
  /** Null: in this thread. */
  readonly workers: WorkerSettings | null;
  readonly credentials: NonNullable<RuntimeOptions["credentials"]>;
  readonly recording: RecordingSettings;
  readonly logger: Logger;
  readonly random: () => number;
  readonly env: Environment;
}

/** Reports that are off go out every 0 ms; nobody looks at the interval then. */
function withMetricsSwitch(options: RuntimeOptions, env: Environment): RuntimeOptions {
  if (options.metricsIntervalMs !== undefined) return options;
  return readSwitch("STRIKE48_METRICS_ENABLED", env) === false
    ? { ...options, metricsIntervalMs: 0 }
    : options;
}

/** `usual` has what was given and the defaults; what was left out follows from the rest. */
function heartbeatOf(
  usual: Settings["heartbeat"],
  given: NonNullable<RuntimeOptions["heartbeat"]>,
): Settings["heartbeat"] {
  const { intervalMs } = usual;
  const rows = runtimeOptions.heartbeat;
  const timeoutMs =
    given.timeoutMs ??
    bounded("heartbeat.timeoutMs", Math.max(usual.timeoutMs, intervalMs * 1.5), rows.timeoutMs);
  if (timeoutMs <= intervalMs) {
    throw invalidConfig(
      `heartbeat.timeoutMs (${timeoutMs}) must be above heartbeat.intervalMs (${intervalMs}): one and a half times is usual.`,
    );
  }
  const suspectMs =
    given.suspectMs ??
    bounded("heartbeat.suspectMs", Math.min(usual.suspectMs, timeoutMs - intervalMs), rows.suspectMs);
  if (suspectMs > timeoutMs - intervalMs) {
    throw invalidConfig(
      `heartbeat.suspectMs (${suspectMs}) must be at most heartbeat.timeoutMs less heartbeat.intervalMs (${timeoutMs - intervalMs}): a later doubt would leave no time for a probe.`,
    );
  }
  return { intervalMs, timeoutMs, suspectMs };
}

function backoffOf(
  usual: Settings["backoff"],
  given: NonNullable<RuntimeOptions["backoff"]>,
): Settings["backoff"] {
  const { maxMs, jitterMs } = usual;
  const baseMs = given.baseMs ?? Math.min(usual.baseMs, maxMs);
  if (baseMs > maxMs) {
    throw invalidConfig(
      `backoff.baseMs (${baseMs}) must be at most backoff.maxMs (${maxMs}): the first delay would be above the longest. Lower the one or raise the other.`,
    );
  }
  return { baseMs, maxMs, jitterMs };
}

export type RequestLimits = Pick<Settings, keyof typeof requestLimits>;

const limitNames = Object.keys(requestLimits) as (keyof typeof requestLimits)[]; // its own names

const hasLimits = (options: RegistrationOptions): boolean =>
  limitNames.some((name) => options[name] !== undefined);

/** The limits of a registration; the runtime's stand where it has none. Throws INVALID_CONFIG. */
export function limitsOf(options: RegistrationOptions, usual: RequestLimits): RequestLimits {
  if (!hasLimits(options)) return usual;
  // Not by a copy of all settings: there may be thousands of registrations.
  const chosen = limitNames.map((name) => [name, options[name] === undefined ? usual[name] : options[name]]);
  return filled(requestLimits, Object.fromEntries(chosen));
}

/** Throws INVALID_CONFIG that names the option of a registration and the fix. */
export function checkRegistration(options: RegistrationOptions): void {
  refuseUnknownRegistrationOptions(options);
  if (hasLimits(options)) filled(requestLimits, options);
}

/** How long `start` waits, in ms. Throws INVALID_CONFIG that names the option. */
export function startTimeout(options: StartOptions): number {
  refuseUnknownStartOptions(options);
  return filled(startOptions, options).timeoutMs;
}

/** When a drain gives up, in ms. Throws INVALID_CONFIG that names the option. */
export function drainDeadline(options: DrainOptions, usual: number): number {
  refuseUnknownDrainOptions(options);
  return settled("deadlineMs", options.deadlineMs, drainOptions.deadlineMs) ?? usual;
}

/** Checks every option and fills in the rest. Throws INVALID_CONFIG that names the option and the fix. */
export function resolveSettings(options: RuntimeOptions): Settings {
  refuseUnknownOptions(options);
  const env = options.env ?? process.env;
  checkTls(options.tls ?? {}, options.logger);
  checkProxy(options.proxy, env);
  const settings = filled(runtimeOptions, withMetricsSwitch(options, env), env);
  return {
    ...settings,
    proxy: options.proxy,
    ...waySetting(options, env),
    workers: workerSettings(options, settings.workers),
    heartbeat: heartbeatOf(settings.heartbeat, options.heartbeat ?? {}),
    backoff: backoffOf(settings.backoff, options.backoff ?? {}),
    logger: options.logger ?? silentLogger,
    random: options.random ?? Math.random,
    env,
  };
}
