/**
 * What runs inside a runtime: the supervisor with its partitions, the records of the registrations, and the
 * things they share. The public face is `runtime.ts`.
 */
import { createActor } from "xstate";
import {
  isReady,
  type RegistrationActor,
  type RegistrationPolicy,
  type SupervisorActor,
  supervisorMachine,
  supervisorPhase,
} from "../../machines/index.js";
import { type PartitionHost, partitionsPort } from "../actors/partitions.js";
import { createCredentials } from "../credentials/create.js";
import type { Credentials } from "../credentials/credentials.js";
import { MooringError } from "../errors.js";
import { createInspectionFeed, type InspectionFeed, type InspectionSink } from "../inspect/feed.js";
import { silentLogger } from "../logger.js";
import type { Identity } from "../protocol/identity.js";
import { Ticker } from "../session/ticker.js";
import { createTransport } from "../transport/create.js";
import { tlsMaterial } from "../transport/tls.js";
import type { Transport } from "../transport/transport.js";
import { ChangeFeed } from "./changes.js";
import type { RegistrationOptions, Settings } from "./options.js";
import { place, RegistrationRecord } from "./record.js";
import { registrationServices } from "./registrations.js";

function policyOf(settings: Settings): RegistrationPolicy {
  return {
    reconnect: settings.reconnect,
    connectTimeoutMs: settings.connectTimeoutMs,
    backoff: settings.backoff,
    refusedDelayMs: settings.refusedDelayMs,
    stableUptimeMs: settings.stableUptimeMs,
    heartbeat: settings.heartbeat,
    reconnectGraceMs: settings.reconnectGraceMs,
    approvalStallMs: 60_000,
    exchangeRetries: 3,
  };
}

function transportOf(settings: Settings): Transport {
  return createTransport(settings.transport, {
    endpoint: settings.endpoint,
    tls: settings.tls,
    maxStreamsPerChannel: settings.maxStreamsPerChannel,
    connectTimeoutMs: settings.connectTimeoutMs,
    ping: settings.ping,
    maxMessageBytes: settings.maxMessageBytes,
  });
}

function credentialsOf(settings: Settings, transport: Transport): Credentials {
  const keysDirectory = settings.env.STRIKE48_KEYS_DIR?.trim();
  return createCredentials({
    dialled: { authority: transport.authority, tls: transport.tls },
    stepTimeoutMs: 3 * settings.connectTimeoutMs,
    ...settings.credentials,
    ...(keysDirectory ? { keysDirectory } : {}),
    tls: () => tlsMaterial(settings.tls),
    logger: settings.logger,
    random: settings.random,
  });
}

export class Host {
  readonly settings: Settings;
  readonly transport: Transport;
  readonly changes = new ChangeFeed();
  readonly faults: Error[] = [];
  readonly #credentials: Credentials;
  readonly #ticker: Ticker;
  readonly #records = new Map<string, RegistrationRecord>();
  readonly #feed: InspectionFeed | undefined;
  readonly #supervisor: SupervisorActor;
  /** Called after every movement, to see whether what they wait for has come. */
  readonly #watchers = new Set<() => void>();

  constructor(settings: Settings, inspect: boolean | InspectionSink) {
    this.settings = settings;
    this.transport = transportOf(settings);
    this.#credentials = credentialsOf(settings, this.transport);
    this.#ticker = new Ticker(settings.metricsIntervalMs);
    this.#feed = inspect ? createInspectionFeed(inspect === true ? {} : { sink: inspect }) : undefined;
    const machine = supervisorMachine.provide({
      actors: { partitions: partitionsPort(this.#partitionHost()) },
    });
    const observer = this.#feed?.observer();
    this.#supervisor = createActor(machine, {
      input: { partitionSize: settings.partitionSize },
      ...(observer ? { inspect: observer } : {}),
    });
    this.#supervisor.subscribe({
      next: () => this.#look(),
      error: (error) => this.fault(error),
      complete: () => this.#look(),
    });
  }

  get records(): ReadonlyMap<string, RegistrationRecord> {
    return this.#records;
  }

  get phase() {
    return supervisorPhase(this.#supervisor.getSnapshot());
  }

  /** The inspection feed, when inspection is on. */
  get feed(): InspectionFeed | undefined {
    return this.#feed;
  }

  /** Every registration is ready, or waits for a person, or is at rest: nothing more comes by waiting a little. */
  get isSettled(): boolean {
    if (this.phase === "stopped") return true;
    const { counts } = this.#supervisor.getSnapshot().context;
    const settled = counts.serving + counts.pendingApproval + counts.stopped + counts.paused + counts.parked;
    return settled === this.#records.size;
  }

  get ready(): boolean {
    return isReady(this.#supervisor.getSnapshot());
  }

  start(): void {
    this.#supervisor.start();
  }

  send(event: Parameters<SupervisorActor["send"]>[0]): void {
    this.#supervisor.send(event);
  }

  /** Makes the record of a registration; it lives once `launch` has been called for it. */
  admit(identity: Identity, options: RegistrationOptions): RegistrationRecord {
    const shared = {
      settings: this.settings,
      transport: this.transport,
      credentials: this.#credentials,
      ticker: this.#ticker,
    };
    const record: RegistrationRecord = new RegistrationRecord(
      identity,
      registrationServices(identity, options, shared, () => record.counters),
      Date.now,
    );
    this.#records.set(record.key, record);
    return record;
  }

  launch(record: RegistrationRecord): void {
    this.send({ type: "registration.add", spec: { key: record.key, policy: policyOf(this.settings) } });
  }

  /** Forgets a registration that was never launched. */
  discard(record: RegistrationRecord): void {
    this.#records.delete(record.key);
    record.services.execution.close();
  }

  record(key: string): RegistrationRecord {
    const record = this.#records.get(key);
    if (record) return record;
    const known = [...this.#records.keys()].join(", ") || "none";
    throw new MooringError("INVALID_CONFIG", `There is no registration "${key}". Registrations: ${known}.`);
  }

  /** Resolves when the condition holds, or after the limit with false. */
  until(condition: () => boolean, limitMs?: number): Promise<boolean> {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (held: boolean) => {
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(held);
      };
      const watch = () => {
        if (condition()) end(true);
      };
      this.#watchers.add(watch);
      if (limitMs !== undefined) timer = setTimeout(() => end(false), limitMs);
    });
  }

  fault(error: unknown): void {
    const fault = error instanceof Error ? error : new Error(String(error));
    this.faults.push(fault);
    this.settings.logger.error({ err: fault }, "fault inside Mooring");
  }

  /** Ends what the machines have left: executions, credentials being saved, timers, sockets. */
  async release(): Promise<void> {
    this.#supervisor.stop();
    this.#ticker.stop();
    for (const record of this.#records.values()) record.services.execution.close();
    await this.transport.close();
    await this.#credentials.close();
    this.changes.end();
  }

  #look(): void {
    for (const watch of [...this.#watchers]) watch();
  }

  #partitionHost(): PartitionHost {
    return {
      services: {
        transport: this.transport,
        connectTimeoutMs: this.settings.connectTimeoutMs,
        registration: (key) => this.record(key).services,
      },
      random: this.settings.random,
      now: () => performance.now(),
      inspect: (partition) => this.#feed?.observer(`partition-${partition}`),
      started: (key, actor) => this.#watch(key, actor),
      failed: (key, error, parked) => this.#failed(key, error, parked),
      ended: (key, reason) => this.#ended(key, reason),
      partitionFailed: (error) => this.fault(error),
    };
  }

  #watch(key: string, actor: RegistrationActor): void {
    const record = this.#records.get(key);
    if (!record) return;
    actor.subscribe({ next: () => this.#observe(record, actor), error: () => {} });
    actor.on("note", ({ code, failure }) => record.note(code, failure));
    actor.on("unexpected", ({ event, origin, stale }) => {
      record.unexpected(event, stale);
      if (origin === "own" && this.settings.strict)
        this.fault(new Error(`Registration ${key}: the event ${event} came unexpected.`));
    });
    this.#observe(record, actor);
  }

  #observe(record: RegistrationRecord, actor: RegistrationActor): void {
    const from = record.view ? place(record.view.state, record.view.child) : null;
    if (record.observe(actor.getSnapshot())) this.#publish(record, from);
  }

  #publish(record: RegistrationRecord, from: string | null): void {
    const { logger } = this.settings;
    if (!this.changes.watched && logger === silentLogger) return;
    const status = record.status();
    const to = place(status.state, status.child);
    logger.info(
      { registration: record.key, from, to, cause: status.cause, code: status.code },
      "registration changed state",
    );
    if (!this.changes.watched) return;
    this.changes.publish({
      key: record.key,
      from,
      to,
      at: status.since,
      cause: status.cause,
      code: status.code,
      status,
      missed: 0,
    });
  }

  #failed(key: string, error: unknown, parked: boolean): void {
    this.fault(error);
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
    this.#look();
  }

  #suspend(record: RegistrationRecord, how: "paused" | "parked"): void {
    const from = place(record.status().state, record.status().child);
    record.suspend(how);
    this.#publish(record, from);
  }
}
