/**
 * The public face: composes machines, actors, transport, credentials and execution, and offers plain methods.
 * Decides nothing about connections: that is the machines' part.
 */
import { invalidConfig, MooringError } from "../errors.js";
import type { InspectionFeed } from "../inspect/feed.js";
import { registrationKey } from "../protocol/identity.js";
import type { StateChange } from "./changes.js";
import { explainRegistration } from "./explain.js";
import { Host } from "./host.js";
import type { JournalEntry } from "./journal.js";
import { identityOf, type RegistrationOptions, type RuntimeOptions, resolveSettings } from "./options.js";
import type { RegistrationRecord } from "./record.js";
import { closedReport, drainReport, startReport } from "./reports.js";
import type { ClosedReport, DrainReport, RegistrationStatus, RuntimeStatus, StartReport } from "./status.js";

/** A registration that was added. Every method is idempotent and safe in any state. */
export interface Registration {
  readonly key: string;
  status(): RegistrationStatus;
  /** Ends its stream and keeps everything else; `resume` starts it again. */
  pause(): void;
  resume(): void;
  /** A fresh start, also of a registration that was given up. */
  restart(): void;
  /** Leaves back-off at once: the network is back, a file has changed, a person says so. */
  retryNow(): void;
  /** Stops it for good and forgets it. */
  remove(): Promise<void>;
}

export interface Runtime extends AsyncDisposable {
  /** Adds a registration, also while running. Throws INVALID_CONFIG for bad options or a duplicate. */
  add(options: RegistrationOptions): Registration;
  /**
   * Starts the registrations and waits until each is ready or waits for a person's approval, at most
   * `timeoutMs` (30,000). Resolves in any case, with which are not ready and why; those go on connecting.
   */
  start(options?: { readonly timeoutMs?: number }): Promise<StartReport>;
  status(): RuntimeStatus;
  /** The handle of a registration. Throws INVALID_CONFIG for an unknown key. */
  registration(key: string): Registration;
  /** State changes from now on, until the runtime has closed. */
  changes(): AsyncIterableIterator<StateChange>;
  /** Why is it not connected, since when, what happens next. Throws INVALID_CONFIG for an unknown key. */
  explain(key: string): string;
  /** The last transitions of a registration, oldest first. */
  journal(key: string): readonly JournalEntry[];
  /** Soft end: no new work, running work finishes, results are confirmed; then closes. */
  drain(options?: { readonly deadlineMs?: number }): Promise<DrainReport>;
  /** Hard end. Resolves when no socket and no timer is left. */
  close(): Promise<void>;
  /** Resolves with all reasons when everything has ended. Never rejects. */
  readonly closed: Promise<ClosedReport>;
  /** What the inspector shows; undefined when inspection is off. */
  readonly inspection: InspectionFeed | undefined;
}

class MooringRuntime implements Runtime {
  readonly #host: Host;
  /** `new` until `start()`; then what the supervisor says. */
  #life: "new" | "started" | "released" = "new";
  #drained: Promise<DrainReport> | undefined;
  #resolveClosed: (report: ClosedReport) => void = () => {};
  readonly closed: Promise<ClosedReport>;

  constructor(options: RuntimeOptions) {
    this.#host = new Host(resolveSettings(options), options.inspect ?? false);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get inspection(): InspectionFeed | undefined {
    return this.#host.feed;
  }

  add(options: RegistrationOptions): Registration {
    if (this.#life === "released" || (this.#life === "started" && this.#host.phase !== "running")) {
      throw new MooringError(
        "NOT_RUNNING",
        "The runtime is draining or closed: registrations can be added only before that.",
      );
    }
    const identity = identityOf(options, this.#host.settings.env);
    const key = registrationKey(identity);
    if (this.#host.records.has(key)) {
      throw invalidConfig(
        `duplicate registration: ${key}. Tenant, type and instance together must be unique (compared as sanitized).`,
      );
    }
    const record = this.#host.admit(identity, options);
    if (this.#life === "started") this.#host.launch(record);
    return this.#registration(record);
  }

  async start({ timeoutMs = 30_000 }: { readonly timeoutMs?: number } = {}): Promise<StartReport> {
    if (this.#life === "new") this.#begin();
    const inTime = await this.#host.until(() => this.#host.isSettled, timeoutMs);
    return startReport(this.#statuses(), (key) => this.explain(key), !inTime);
  }

  status(): RuntimeStatus {
    return {
      ready: this.#host.ready,
      phase: this.#life === "released" ? "stopped" : this.#host.phase,
      gateway: `${this.#host.transport.tls ? "grpcs" : "grpc"}://${this.#host.transport.authority}`,
      registrations: this.#statuses(),
      channels: this.#host.transport.channels(),
    };
  }

  changes(): AsyncIterableIterator<StateChange> {
    return this.#host.changes.read();
  }

  registration(key: string): Registration {
    return this.#registration(this.#host.record(key));
  }

  explain(key: string): string {
    const record = this.#host.record(key);
    return explainRegistration(record.status(), record.journal.entries(), Date.now());
  }

  journal(key: string): readonly JournalEntry[] {
    return this.#host.record(key).journal.entries();
  }

  drain({ deadlineMs }: { readonly deadlineMs?: number } = {}): Promise<DrainReport> {
    this.#drained ??= this.#end({
      type: "drain",
      deadlineMs: deadlineMs ?? this.#host.settings.drainDeadlineMs,
    });
    return this.#drained;
  }

  async close(): Promise<void> {
    if (this.#drained && this.#life === "started") this.#host.send({ type: "close" });
    this.#drained ??= this.#end({ type: "close" });
    await this.#drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  #begin(): void {
    this.#life = "started";
    this.#host.start();
    for (const record of this.#host.records.values()) this.#host.launch(record);
    // With reconnect off, everything may end by itself.
    void this.#host
      .until(() => this.#host.phase === "stopped")
      .then(() => {
        this.#drained ??= this.#release();
      });
  }

  async #end(
    how: { readonly type: "close" } | { readonly type: "drain"; readonly deadlineMs: number },
  ): Promise<DrainReport> {
    if (this.#life === "started") {
      this.#host.send(how);
      await this.#host.until(() => this.#host.phase === "stopped");
    }
    return this.#release();
  }

  async #release(): Promise<DrainReport> {
    this.#life = "released";
    const records = [...this.#host.records.values()];
    const report = drainReport(records.map((record) => record.services.execution.report()));
    await this.#host.release();
    this.#resolveClosed(closedReport(records, this.#host.faults));
    return report;
  }

  #statuses(): readonly RegistrationStatus[] {
    return [...this.#host.records.values()].map((record) => record.status());
  }

  #registration(record: RegistrationRecord): Registration {
    const { key } = record;
    const tell = (type: "pause" | "resume" | "restart" | "retryNow" | "remove") => {
      if (this.#life === "started") this.#host.send({ type: `registration.${type}`, key });
    };
    return {
      key,
      status: () => record.status(),
      pause: () => tell("pause"),
      resume: () => tell("resume"),
      restart: () => tell("restart"),
      retryNow: () => tell("retryNow"),
      remove: async () => {
        if (this.#life === "new") this.#host.discard(record);
        tell("remove");
        await this.#host.until(
          () => this.#host.records.get(key) !== record || this.#host.phase === "stopped",
        );
      },
    };
  }
}

/** Creates a runtime; opens nothing. Throws INVALID_CONFIG that names the option and the fix. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  return new MooringRuntime(options);
}
