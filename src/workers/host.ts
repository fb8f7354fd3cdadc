/** Hosts the registrations in worker threads, under the same supervisor and the same public face. */
import { invalidConfig, type MooringError } from "../errors.js";
import { blockFields, blockInWords, blockLevel } from "../execution/loop-block.js";
import { loopOfThread } from "../execution/loop-watch.js";
import { silentLogger } from "../logger.js";
import { ChangeFeed } from "../runtime/changes.js";
import { identityOf, refuseDuplicate } from "../runtime/identity.js";
import type { RegistrationOptions, RuntimeOptions, Settings } from "../runtime/options.js";
import { policyOf } from "../runtime/policy.js";
import type { ManagedRegistration, RegistrationRunner } from "../runtime/registration-runner.js";
import type { ClosedReport, DrainReport, RuntimeStatus } from "../runtime/status.js";
import { Supervision } from "../runtime/supervision.js";
import { type WorkerSettings, workerOptions } from "../runtime/worker-settings.js";
import { Crew } from "./crew.js";
import { Mirror } from "./mirror.js";
import { noSuchConnector } from "./no-such-connector.js";
import type { WorkerEnd, WorkerInput } from "./protocol.js";
import { quietLooksFor } from "./watchdog.js";

/** The options of the runtime in each worker: all that can cross to it. */
function inputOf(settings: Settings, { module }: WorkerSettings, options: RuntimeOptions): WorkerInput {
  return {
    module,
    options: { ...workerOptions(options), env: { ...settings.env } },
    logs: settings.logger !== silentLogger,
  };
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

export class WorkerHost implements RegistrationRunner {
  readonly supervision: Supervision;
  readonly changes = new ChangeFeed();
  readonly feed = undefined;
  readonly recording = undefined;
  readonly #settings: Settings;
  readonly #crew: Crew;
  readonly #mirrors = new Map<string, Mirror>();
  readonly #faults: Error[] = [];
  #leaveLoop: (() => void) | undefined;

  constructor(settings: Settings, workers: WorkerSettings, options: RuntimeOptions) {
    this.#settings = settings;
    this.#crew = new Crew({
      count: workers.count,
      input: inputOf(settings, workers, options),
      mostQuietLooks: quietLooksFor(settings.heartbeat.timeoutMs),
      now: () => performance.now(),
      wallClock: Date.now,
      mirror: (key) => this.#mirrors.get(key),
      changed: (mirror, from) => this.changes.moved(from, mirror.status()),
      removed: (mirror) => this.#removed(mirror),
      fault: (error) => this.#fault(error),
      died: (error) => this.#faults.push(error),
      log: (level, fields, message) => settings.logger[level](fields, message),
    });
    this.supervision = new Supervision({
      partitions: this.#crew.port(),
      partitionSize: settings.partitionSize,
      fault: (error) => this.#fault(error),
      observer: undefined,
    });
  }

  get gateway(): string {
    const { tls, authority } = this.#settings.endpoint;
    return `${tls ? "grpcs" : "grpc"}://${authority}`;
  }

  get drainDeadlineMs(): number {
    return this.#settings.drainDeadlineMs;
  }

  get refusal(): MooringError | undefined {
    const refusals = [...this.#mirrors.values()].map((mirror) => mirror.refusal);
    return refusals.includes(undefined) ? undefined : refusals[0];
  }

  get registrations(): ReadonlyMap<string, Mirror> {
    return this.#mirrors;
  }

  channels(): RuntimeStatus["channels"] {
    return this.#crew.channels();
  }

  admit(options: RegistrationOptions): Mirror {
    const { connector } = options;
    if (typeof connector !== "string") {
      throw invalidConfig(
        `connector must be the name of a connector that the module exports, because the runtime has workers: connector: "${connector?.connectorType ?? "type"}". A handler cannot cross to another thread.`,
      );
    }
    const { connectorTypes } = this.#crew;
    if (connectorTypes && !connectorTypes.includes(connector))
      throw noSuchConnector(connector, connectorTypes);
    const identity = identityOf(options, this.#settings.env);
    refuseDuplicate(identity, this.#mirrors);
    const mirror = new Mirror(identity, { ...options, connector }, Date.now());
    this.#mirrors.set(mirror.key, mirror);
    return mirror;
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
    this.#mirrors.delete(key);
  }

  async release(): Promise<{ readonly drain: DrainReport; readonly closed: ClosedReport }> {
    const { ends, missing } = await this.#crew.end();
    this.#leaveLoop?.();
    this.supervision.stop();
    this.changes.end();
    return { drain: drainReportOf(ends, missing), closed: this.#closedReport(ends) };
  }

  #closedReport(ends: readonly WorkerEnd[]): ClosedReport {
    const told = new Map(ends.flatMap(({ closed }) => closed.registrations.map((one) => [one.key, one])));
    return {
      registrations: [...this.#mirrors.values()].map((mirror) => {
        const { key, state, cause, code } = mirror.status();
        return told.get(key) ?? { key, reason: state, cause, code };
      }),
      faults: [...this.#faults, ...ends.flatMap(({ closed }) => closed.faults)],
    };
  }

  #removed(mirror: Mirror): void {
    this.#mirrors.delete(mirror.key);
    this.supervision.look();
  }

  #fault(fault: unknown): void {
    const error = fault instanceof Error ? fault : new Error(String(fault));
    this.#faults.push(error);
    this.#settings.logger.error({ err: error }, "fault inside Mooring");
  }
}
