/**
 * Probes and metrics over HTTP: `/livez`, `/readyz` and `/metrics` of a runtime.
 *
 * @module mooring/health
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { MetricSeries } from "../connectors/metrics.js";
import { invalidConfig, MooringError } from "../errors.js";
import { startListening } from "../network/listening.js";
import { checkOptions } from "../options/check.js";
import { having, shown } from "../options/kinds.js";
import { allowed } from "../options/ranges.js";
import type { StateChange } from "../runtime/changes.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { ApiError } from "../serving/api-error.js";
import { knownHosts, refuseForeignPage } from "../serving/foreign-page.js";
import { answering, closeServer, httpServer, sendJson } from "../serving/http-server.js";
import { targetOf } from "../serving/request-target.js";
import { packageVersion } from "../version.js";
import { type Exposition, exposition, type MetricsRegistry } from "./exposition.js";
import { healthCall } from "./option-table.js";
import { type Health, liveness, type ReadyWhen, readiness } from "./readiness.js";
import { Tally } from "./tally.js";

export type { MetricsRegistry } from "./exposition.js";
export { type Health, liveness, type NotReady, type ReadyWhen, readiness } from "./readiness.js";

/** What is asked of a runtime. */
export interface HealthSource {
  /** How all registrations stand. */
  status(): RuntimeStatus;
  /** Its state changes from now on. */
  changes(): AsyncIterableIterator<StateChange>;
  /** What connectors count by themselves, by the keys of registrations; without it `/metrics` has none of that. */
  ownMetrics?(): ReadonlyMap<string, readonly MetricSeries[]>;
}

/** Options of {@link serveHealth}. */
export interface HealthOptions {
  /**
   * Port to listen on. 0: any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * Address to listen on. Who reaches it reads keys and states of the registrations.
   * @default `127.0.0.1`
   */
  readonly host?: string;
  /**
   * Whether `/readyz` wants all registrations ready, or one.
   * @default `all`
   */
  readonly readyWhen?: ReadyWhen;
  /**
   * Metrics have the label `key` beside `type`: a series for each registration, for the first 1,000.
   * @default false
   */
  readonly byKey?: boolean;
  /**
   * Registries of prom-client whose metrics `/metrics` has, too.
   * @default none
   */
  readonly registers?: readonly MetricsRegistry[];
}

/** Probes and metrics, served. */
export interface HealthServer extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9464`. */
  readonly url: string;
  /** The port it listens on. */
  readonly port: number;
  /** Stops serving. Resolves when every connection is closed. */
  close(): Promise<void>;
}

/** Reads every change until the runtime has closed, or the server. */
async function follow(changes: AsyncIterableIterator<StateChange>, tally: Tally): Promise<void> {
  for await (const change of changes) tally.changed(change);
}

function sendHealth(response: ServerResponse, health: Health): void {
  sendJson(response, health.ok ? 200 : 503, health);
}

/** Where prom-client is not there, probes are answered all the same, and `/metrics` says what to install. */
async function orWhatToInstall(others: readonly MetricsRegistry[]): Promise<Exposition | MooringError> {
  try {
    return await exposition(others);
  } catch (error) {
    if (error instanceof MooringError && error.code === "INVALID_CONFIG") return error;
    throw error;
  }
}

async function sendMetrics(
  source: HealthSource,
  tally: Tally,
  readyWhen: ReadyWhen,
  registers: readonly MetricsRegistry[],
  response: ServerResponse,
): Promise<void> {
  const written = await orWhatToInstall(registers);
  if (written instanceof MooringError) throw new ApiError(501, "NOT_INSTALLED", written.message);
  const status = source.status();
  const now = Date.now();
  tally.look(status, now);
  tally.lookAtOwn(source.ownMetrics?.() ?? new Map());
  const text = await written.text({ status, tally, readyWhen, version: packageVersion, now });
  response.writeHead(200, { "content-type": written.contentType, "cache-control": "no-store" }).end(text);
}

const sourceKind = having("status", "changes");

function checkSource(source: unknown): void {
  if (sourceKind.is(source)) return;
  throw invalidConfig(
    `serveHealth() takes a runtime first, ${sourceKind.wanted}; got ${shown(source, sourceKind)}.`,
  );
}

/**
 * Serves `/livez` (200 while the process is worth keeping), `/readyz` (200 while requests are taken) and `/metrics` (for
 * Prometheus, by the package prom-client) of a runtime, until closed. Rejects with IO_ERROR when it cannot listen there,
 * and with INVALID_CONFIG for bad options.
 *
 * @example
 * ```ts
 * import { createRuntime } from "mooring";
 * import { serveHealth } from "mooring/health";
 *
 * const runtime = createRuntime();
 * const health = await serveHealth(runtime, { host: "0.0.0.0", port: 9464 });
 * await runtime.start();
 * await runtime.closed;
 * await health.close();
 * ```
 */
export async function serveHealth(source: HealthSource, options: HealthOptions = {}): Promise<HealthServer> {
  checkSource(source);
  checkOptions(options, healthCall);
  const { table } = healthCall;
  const { port = table.port.default, host = table.host.default, byKey = table.byKey.default } = options;
  const readyWhen = allowed("readyWhen", options.readyWhen ?? table.readyWhen.default, table.readyWhen);
  const tally = new Tally(byKey);
  const isKnownHost = knownHosts(host, undefined);

  const answer = (request: IncomingMessage, response: ServerResponse): void | Promise<void> => {
    const target = targetOf(request);
    refuseForeignPage({ request, target, isKnownHost });
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError(405, "METHOD_NOT_ALLOWED", "Only GET is served.");
    if (target.pathname === "/livez") return sendHealth(response, liveness(source.status()));
    if (target.pathname === "/readyz") return sendHealth(response, readiness(source.status(), readyWhen));
    if (target.pathname === "/metrics")
      return sendMetrics(source, tally, readyWhen, options.registers ?? [], response);
    throw new ApiError(404, "UNKNOWN_PATH", "Ask for /livez, /readyz or /metrics.");
  };

  const server = httpServer(answering(answer));
  await startListening(server, { host, port, setting: "port (--health)" });
  const changes = source.changes();
  tally.look(source.status(), Date.now());
  void follow(changes, tally);
  const { port: listened } = server.address() as AddressInfo;
  const close = async () => {
    await changes.return?.();
    await closeServer(server);
  };
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${listened}`,
    port: listened,
    close,
    [Symbol.asyncDispose]: close,
  };
}
