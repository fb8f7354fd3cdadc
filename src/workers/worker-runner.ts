/** Hosts the registrations in worker threads, under the same supervisor and the same public face. */
import { invalidConfig, type MooringError } from "../errors.js";
import { blockFields, blockInWords, blockLevel } from "../execution/loop-block.js";
import { loopOfThread } from "../execution/loop-watch.js";
import { type Logger, silentLogger } from "../logger.js";
import { ChangeFeed } from "../runtime/changes.js";
import { identityOf, refuseDuplicate } from "../runtime/identity.js";
import type { RegistrationOptions, RuntimeOptions, Settings } from "../runtime/options.js";
import { policyOf } from "../runtime/policy.js";
import type { ManagedRegistration, RegistrationRunner } from "../runtime/registration-runner.js";
import type { ClosedReport, DrainReport, RuntimeStatus } from "../runtime/status.js";
import { Supervision } from "../runtime/supervision.js";
import { type WorkerSettings, workerOptions } from "../runtime/worker-settings.js";
import { refuseUncloneable } from "./cloneable.js";
import { noSuchConnector } from "./no-such-connector.js";
import { WorkerPool } from "./pool.js";
import { PoolRecording, shareOf } from "./pool-recording.js";
import { RemoteRegistration } from "./remote-registration.js";
import { ToldTransport } from "./told-transport.js";
import { quietLooksFor } from "./watchdog.js";
import type { WorkerEnd, WorkerInput } from "./worker-messages.js";

/** The options of the runtime in each worker: all that can cross to it. */
function inputOf(
  settings: Settings,
  { module, count }: WorkerSettings,
  options: RuntimeOptions,
): WorkerInput {
  const recording = shareOf(settings.recording, count);
  const crossing = { ...workerOptions(options), env: { ...settings.env }, recording };
  refuseUncloneable(crossing);
  return { module, options: crossing, logs: settings.logger !== silentLogger };
}

/** `maxBytes`: what the thread has room for; undefined: nothing is recorded. */
function withRoom(input: WorkerInput, maxBytes: number | undefined): WorkerInput {
  if (maxBytes === undefined) return input;
  const recording = { ...input.options.recording, maxBytes };
  return { ...input, options: { ...input.options, recording } };
}

function drainReportOf(ends: readonly WorkerEnd[], missing: number): DrainReport {
  const reports = ends.map(({ drain }) => drain);
  const sum = (figure: "finished" | "handedBack" | "cancelled") =>
    reports.reduce((total, report) => total + report[figure], 0);
  return {
    finished: sum("finished"),
    handedBack: sum("handedBack"),
    cancelled: sum("cancelled"),
    lost: reports.flatMap(({ lost }) => lost),
    forced: missing > 0 || reports.some(({ forced }) => forced),
  };
}

export class WorkerRunner implements RegistrationRunner {
  readonly supervision: Supervision;
  readonly changes = new ChangeFeed();
  readonly feed = undefined;
  readonly recording: PoolRecording | undefined;
  readonly #settings: Settings;
  readonly #pool: WorkerPool;
  readonly #transport: ToldTransport;
  readonly #registrations = new Map<string, RemoteRegistration>();
  readonly #faults: Error[] = [];
  #leaveLoop: (() => void) | undefined;

  constructor(settings: Settings, workers: WorkerSettings, options: RuntimeOptions) {
    this.#settings = settings;
    const { recording, logger } = settings;
    this.recording =
      recording.maxBytes > 0
        ? new PoolRecording({
            settings: recording,
            workers: workers.count,
            threads: () => this.#pool.threads(),
            logger,
          })
        : undefined;
    const input = inputOf(settings, workers, options);
    this.#transport = new ToldTransport(settings, () => this.#pool.threads());
    this.#pool = new WorkerPool({
      count: workers.count,
      inputFor: (worker) => {
        const { told } = this.#transport;
        return { ...withRoom(input, this.recording?.roomFor(worker)), ...(told ? { told } : {}) };
      },
      mostQuietLooks: quietLooksFor(settings.heartbeat.timeoutMs),
      now: () => performance.now(),
      wallClock: Date.now,
      registration: (key) => this.#registrations.get(key),
      changed: (registration, from) => this.changes.moved(from, registration.status()),
      removed: (registration) => this.#removed(registration),
      fault: (error) => this.#fault(error),
      died: (error) => {
        this.#faults.push(error);
        this.recording?.fault();
      },
      log: (level, fields, message) => logger[level](fields, message),
      recorded: (worker, piece) => this.recording?.heard(worker, piece),
      faulted: () => this.recording?.fault(),
      gone: (worker, how) => this.recording?.gone(worker, how),
      transport: (worker, change, gateway) => this.#transport.changed(worker, change, gateway),
    });
    this.supervision = new Supervision({
      partitions: this.#pool.port(),
      partitionSize: settings.partitionSize,
      fault: (error) => this.#fault(error),
      charts: settings.charts,
      recorder: undefined,
    });
  }

  get gateway(): string {
    return this.#transport.gateway;
  }

  get transport(): RuntimeStatus["transport"] {
    return this.#transport.inUse;
  }

  get logger(): Logger {
    return this.#settings.logger;
  }

  get drainDeadlineMs(): number {
    return this.#settings.drainDeadlineMs;
  }

  get refusal(): MooringError | undefined {
    const refusals = [...this.#registrations.values()].map(({ refusal }) => refusal);
    return refusals.includes(undefined) ? undefined : refusals[0];
  }

  get registrations(): ReadonlyMap<string, RemoteRegistration> {
    return this.#registrations;
  }

  channels(): RuntimeStatus["channels"] {
    return this.#pool.channels();
  }

  admit(options: RegistrationOptions): RemoteRegistration {
    const { connector } = options;
    if (typeof connector !== "string") {
      throw invalidConfig(
        `connector must be the name of a connector that the module exports, because the runtime has workers: connector: "${connector?.connectorType ?? "type"}". A handler cannot cross to another thread.`,
      );
    }
    const { connectorTypes } = this.#pool;
    if (connectorTypes && !connectorTypes.includes(connector))
      throw noSuchConnector(connector, connectorTypes);
    if (options.metrics !== undefined)
      throw invalidConfig(
        "metrics cannot be used with workers: each thread counts by itself. Handlers have metrics in their context.",
      );
    refuseUncloneable(options);
    const identity = identityOf(options, this.#settings.env);
    refuseDuplicate(identity, this.#registrations);
    const registration = new RemoteRegistration(
      identity,
      { ...options, connector },
      Date.now(),
      this.#transport.inUse,
    );
    this.#registrations.set(registration.key, registration);
    return registration;
  }

  launch(hosted: readonly ManagedRegistration[]): void {
    // Their streams go on in the workers: only who asks here had to wait.
    this.#leaveLoop ??= loopOfThread().join((block) =>
      this.#settings.logger[blockLevel(block)](
        blockFields(block),
        `in the main thread, ${blockInWords(block)}`,
      ),
    );
    const policy = policyOf(this.#settings);
    const specs = hosted.map(({ key }) => ({ key, policy }));
    this.supervision.send({ type: "registrations.add", specs });
  }

  discard(key: string): void {
    this.#registrations.delete(key);
  }

  async release(): Promise<{ readonly drain: DrainReport; readonly closed: ClosedReport }> {
    const { ends, missing } = await this.#pool.end();
    await this.recording?.settled();
    this.#leaveLoop?.();
    this.supervision.stop();
    this.changes.end();
    return { drain: drainReportOf(ends, missing), closed: this.#closedReport(ends) };
  }

  #closedReport(ends: readonly WorkerEnd[]): ClosedReport {
    const told = new Map(ends.flatMap(({ closed }) => closed.registrations.map((one) => [one.key, one])));
    return {
      registrations: [...this.#registrations.values()].map((registration) => {
        const { key, state, cause, code } = registration.status();
        return told.get(key) ?? { key, reason: state, cause, code };
      }),
      faults: [...this.#faults, ...ends.flatMap(({ closed }) => closed.faults)],
    };
  }

  #removed({ key }: RemoteRegistration): void {
    this.#registrations.delete(key);
    this.supervision.look();
  }

  #fault(fault: unknown): void {
    const error = fault instanceof Error ? fault : new Error(String(fault));
    this.#faults.push(error);
    this.recording?.fault();
    this.#settings.logger.error({ err: error }, "fault inside Mooring");
  }
}
