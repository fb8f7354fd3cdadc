/**
 * Runs the registrations in this thread: the supervisor with its partitions, the records of the registrations,
 * and the things they share. The public face is `runtime.ts`.
 */
import type { RegistrationActor, RegistrationPolicy, RegistrationView } from "../../machines/index.js";
import { answerDeadlineMs } from "../../machines/policy.js";
import { type PartitionsOwner, partitionsPort } from "../actors/partitions.js";
import { createCredentialService } from "../credentials/create.js";
import type { CredentialService } from "../credentials/credentials.js";
import { invalidConfig } from "../errors.js";
import { logSafely } from "../execution/log-safely.js";
import { blockFields, blockInWords, blockLevel, type LoopBlock } from "../execution/loop-block.js";
import { type LoopWatch, loopOfThread } from "../execution/loop-watch.js";
import type { RequestSource } from "../execution/request-tap.js";
import type { InspectionFeed } from "../inspect/feed.js";
import { offerRequests } from "../inspect/page-calls.js";
import { forgetfulRecorder, inspectionOf } from "../inspect/runtime-inspection.js";
import type { InspectionSink } from "../inspect/stately.js";
import { type Logger, silentLogger } from "../logger.js";
import { ProxyDialler, type Ways } from "../network/proxy/dialler.js";
import type { Recorder } from "../recording/recorder.js";
import type { RuntimeRecording } from "../recording/runtime-recording.js";
import { Ticker } from "../session/ticker.js";
import { proxyTrust, tlsMaterial } from "../transport/tls.js";
import type { ChoiceChange, ToldWay } from "../transport-choice/choice.js";
import { inUseInWords } from "../transport-choice/in-use.js";
import { ChangeFeed } from "./changes.js";
import { identityOf, refuseDuplicate } from "./identity.js";
import type { RegistrationOptions, Settings } from "./options.js";
import { policyOf } from "./policy.js";
import { reasonsOf } from "./reasons.js";
import { RegistrationRecord } from "./record.js";
import type { ManagedRegistration, RegistrationRunner } from "./registration-runner.js";
import { registrationServices, type Shared } from "./registrations.js";
import { closedReport, drainReport } from "./reports.js";
import { someOthers } from "./rivals.js";
import { gatewayOf, type RuntimeTransport, runtimeTransport } from "./runtime-transport.js";
import { type RuntimeStatus, statePath } from "./status.js";
import { Supervision } from "./supervision.js";

const proxiesOf = ({ proxy, env, tls, logger }: Settings): ProxyDialler =>
  new ProxyDialler({ option: proxy, env, tls: () => proxyTrust(tls), logger });

function credentialsOf(settings: Settings, ways: Ways): CredentialService {
  const { authority, tls, transport } = settings.endpoint;
  const keysDirectory = settings.env.STRIKE48_KEYS_DIR?.trim();
  return createCredentialService({
    dialled: { authority, tls, transport },
    stepTimeoutMs: answerDeadlineMs(settings),
    ...settings.credentials,
    ...(keysDirectory ? { keysDirectory } : {}),
    tls: () => tlsMaterial(settings.tls),
    ways,
    logger: settings.logger,
    env: settings.env,
  });
}

export class LocalRunner implements RegistrationRunner {
  readonly supervision: Supervision;
  readonly changes = new ChangeFeed();
  readonly feed: InspectionFeed | undefined;
  readonly refusal = undefined;
  /** Whoever leads this thread hears of a transport that was chosen here. */
  transportChosen: (change: ChoiceChange) => void = () => {};
  readonly recording: RuntimeRecording | undefined;
  /** Of the recording, or of the feed alone; undefined: nothing is recorded, and nobody may look. */
  readonly #recorder: Recorder | undefined;
  readonly #settings: Settings;
  readonly #proxies: ProxyDialler;
  readonly #transport: RuntimeTransport;
  readonly #credentials: CredentialService;
  readonly #ticker: Ticker;
  readonly #heartbeats: Ticker;
  readonly #shared: Shared;
  readonly #loop: LoopWatch;
  #leaveLoop: (() => void) | undefined;
  readonly #policy: RegistrationPolicy;
  readonly #records = new Map<string, RegistrationRecord>();
  readonly #faults: Error[] = [];

  constructor(
    settings: Settings,
    inspect: boolean | InspectionSink,
    loop = loopOfThread(),
    recording?: RuntimeRecording,
  ) {
    this.#settings = settings;
    this.recording = recording;
    this.#loop = loop;
    this.#proxies = proxiesOf(settings);
    const warn = (facts: object, words: string) => logSafely(settings.logger, "warn", facts, words);
    const dials = { ways: this.#proxies, warn };
    this.#transport = runtimeTransport(settings, dials, (change) => this.#transportChanged(change));
    this.#credentials = credentialsOf(settings, this.#proxies);
    this.#ticker = new Ticker(settings.metricsIntervalMs);
    this.#heartbeats = new Ticker(settings.heartbeat.intervalMs);
    this.#policy = policyOf(settings);
    this.#shared = {
      settings,
      transport: this.#transport,
      proxies: this.#proxies.figures,
      credentials: this.#credentials,
      ticker: this.#ticker,
      pulse: { ticker: this.#heartbeats, suspectMs: settings.heartbeat.suspectMs },
      board: loop.board,
    };
    this.#recorder = recording?.recorder ?? (inspect ? forgetfulRecorder() : undefined);
    this.feed =
      inspect && this.#recorder
        ? inspectionOf(inspect, {
            recorder: this.#recorder,
            registrations: () => this.#records,
            reasons: (key) => this.#reasons(key),
            logger: settings.logger,
          })
        : undefined;
    if (this.feed) offerRequests(this.feed, () => this.#requests());
    this.supervision = new Supervision({
      partitions: partitionsPort(this.#partitionsOwner()),
      partitionSize: settings.partitionSize,
      fault: (error) => this.#fault(error),
      charts: settings.charts,
      recorder: this.#recorder,
    });
  }

  get registrations(): ReadonlyMap<string, RegistrationRecord> {
    return this.#records;
  }

  get gateway(): string {
    return gatewayOf(this.#transport);
  }

  get transport(): RuntimeStatus["transport"] {
    return this.#transport.inUse();
  }

  /** The runtime of another thread has found what leads to the gateway. */
  tellTransport(told: ToldWay): void {
    this.#transport.told?.(told);
  }

  get logger(): Logger {
    return this.#settings.logger;
  }

  get drainDeadlineMs(): number {
    return this.#settings.drainDeadlineMs;
  }

  channels(): RuntimeStatus["channels"] {
    return this.#transport.channels().map((channel) => ({ ...channel, worker: null }));
  }

  admit(options: RegistrationOptions): RegistrationRecord {
    const { connector } = options;
    if (typeof connector === "string") {
      throw invalidConfig(
        `connector is a name ("${connector}"): names need the options workers and module. Give the connector itself.`,
      );
    }
    const identity = identityOf(options, this.#settings.env);
    refuseDuplicate(identity, this.#records);
    const record: RegistrationRecord = new RegistrationRecord(
      identity,
      registrationServices(identity, { ...options, connector }, this.#shared, () => record.counters),
      Date.now,
    );
    this.#records.set(record.key, record);
    return record;
  }

  launch(registrations: readonly ManagedRegistration[]): void {
    this.#leaveLoop ??= this.#loop.join((block) => this.#blocked(block));
    const specs = registrations.map(({ key }) => ({ key, policy: this.#policy }));
    this.supervision.send({ type: "registrations.add", specs });
  }

  discard(key: string): void {
    this.#records.get(key)?.services.execution.close();
    this.#records.delete(key);
  }

  async release() {
    const records = [...this.#records.values()];
    const drain = drainReport(records.map((record) => record.services.execution.report()));
    this.supervision.stop();
    this.#ticker.stop();
    this.#heartbeats.stop();
    this.#leaveLoop?.();
    for (const record of records) record.services.execution.close();
    await this.#transport.close();
    await this.#credentials.close();
    await this.recording?.settled();
    this.changes.end();
    return { drain, closed: closedReport(records, this.#faults) };
  }

  #reasons(key: string): readonly string[] {
    const record = this.#records.get(key);
    const surroundings = {
      now: Date.now(),
      gateway: this.gateway,
      others: () => someOthers(this.#records.values(), key),
    };
    return record ? reasonsOf(record.status(), record.history(), surroundings) : [];
  }

  *#requests(): ReturnType<RequestSource> {
    for (const { key, services } of this.#records.values()) yield [key, services.execution];
  }

  #fault(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(String(error));
    this.#faults.push(fault);
    this.recording?.fault();
    this.#settings.logger.error({ err: fault }, "fault inside Mooring");
  }

  /** One choice for all: the log has it once, and the journal of each registration that it concerns. */
  #transportChanged(change: ChoiceChange): void {
    const { event, inUse } = change;
    const words = inUseInWords(inUse);
    for (const record of this.#records.values()) if (!record.isAtRest) record.carriage(event, words);
    this.transportChosen(change);
    const facts = { gateway: this.gateway, transport: inUse.kind };
    const level = event === "transport.chosen" ? "info" : "warn";
    logSafely(this.#settings.logger, level, facts, `${event}: ${words}`);
  }

  #blocked(block: LoopBlock): void {
    const words = blockInWords(block);
    for (const record of this.#records.values()) if (!record.isAtRest) record.blocked(words);
    this.#settings.logger[blockLevel(block)](blockFields(block), words);
  }

  #partitionsOwner(): PartitionsOwner {
    return {
      services: {
        transport: this.#transport,
        connectTimeoutMs: this.#settings.connectTimeoutMs,
        registration: (key) => this.#record(key).services,
      },
      charts: this.#settings.charts,
      recorder: this.#recorder,
      random: this.#recorder?.random(this.#settings.random) ?? this.#settings.random,
      now: () => performance.now(),
      started: (key, actor) => this.#watch(key, actor),
      failed: (key, error, parked) => this.#failed(key, error, parked),
      ended: (key, reason) => this.#ended(key, reason),
      partitionFailed: (error) => this.#fault(error),
    };
  }

  #record(key: string): RegistrationRecord {
    const record = this.#records.get(key);
    if (!record) throw new Error(`There is no registration ${key}.`);
    return record;
  }

  #watch(key: string, actor: RegistrationActor): (view: RegistrationView) => void {
    const record = this.#records.get(key);
    if (!record) return () => {};
    record.startedAs(actor);
    // One listener for both: thousands of registrations have it.
    actor.on("*", (told) => {
      if (told.type === "note") return record.note(told.code, told.failure, told.detail);
      record.unexpected(told.event, told.stale);
      if (told.origin === "own" && this.#settings.strict)
        this.#fault(new Error(`Registration ${key}: the event ${told.event} came unexpected.`));
    });
    return (view) => this.#moved(record, view);
  }

  #moved(record: RegistrationRecord, view: RegistrationView): void {
    const before = record.view;
    if (view.stopReason === "failed" && before?.stopReason !== "failed") this.recording?.fault();
    if (record.observe(view) && this.#isHeard)
      this.#publish(record, before && statePath(before.state, before.child));
  }

  /** Whether anybody wants to know what moves. */
  get #isHeard(): boolean {
    return this.changes.watched || this.#settings.logger !== silentLogger;
  }

  #publish(record: RegistrationRecord, from: string | null): void {
    if (!this.#isHeard) return;
    const { logger } = this.#settings;
    const status = record.status();
    const to = statePath(status.state, status.child);
    logger.info(
      { registration: record.key, from, to, cause: status.cause, code: status.code },
      "registration changed state",
    );
    this.changes.moved(from, status);
  }

  #failed(key: string, error: unknown, parked: boolean): void {
    this.#fault(error);
    const record = this.#records.get(key);
    if (!record) return;
    record.restarts += 1;
    if (parked) this.#suspend(record, "parked");
  }

  #ended(key: string, reason: "stopped" | "paused" | "removed"): void {
    const record = this.#records.get(key);
    if (!record) return;
    if (reason === "paused") this.#suspend(record, "paused");
    if (reason !== "removed") return;
    this.#records.delete(key);
    record.services.execution.close();
    this.supervision.look();
  }

  #suspend(record: RegistrationRecord, how: "paused" | "parked"): void {
    const from = statePath(record.status().state, record.status().child);
    record.suspend(how);
    this.#publish(record, from);
  }
}
