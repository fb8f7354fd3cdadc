/**
 * The public face: composes machines, actors, transport, credentials and execution, and offers plain methods.
 * Decides nothing about connections: that is the machines' part.
 */
import type { Invoke } from "../connectors/invoke.js";
import type { MetricSeries } from "../connectors/metrics.js";
import { invalidConfig, MooringError } from "../errors.js";
import type { InspectionFeed } from "../inspect/feed.js";
import { wrapText } from "../wrap.js";
import type { ChangesOptions, StateChange } from "./changes.js";
import { type Command, type CommandOptions, toldOf } from "./commands.js";
import { type ExplainOptions, type Extent, explainRegistration } from "./explain.js";
import type { JournalEntry } from "./journal.js";
import {
  askedBy,
  columnsOf,
  refuseUnknownChangesOptions,
  refuseUnknownExplainOptions,
} from "./known-options.js";
import {
  checkRegistration,
  type DrainOptions,
  drainDeadline,
  type RegistrationOptions,
  type StartOptions,
  startTimeout,
} from "./options.js";
import type { ManagedRegistration, RegistrationRunner } from "./registration-runner.js";
import { startReport } from "./reports.js";
import { someOthers } from "./rivals.js";
import type { ClosedReport, DrainReport, RegistrationStatus, RuntimeStatus, StartReport } from "./status.js";

/**
 * A registration that was added. Every method is idempotent and safe in any state, and throws INVALID_CONFIG for bad
 * options.
 */
export interface Registration {
  /** `tenant.type.instance`; what cannot stand in a key has become `-`. */
  readonly key: string;
  /** How it stands now. */
  status(): RegistrationStatus;
  /** Asks another connector on behalf of this one, outside of any request. In a handler take the context's. */
  readonly invoke: Invoke;
  /** Ends its stream and keeps everything else; `resume` starts it again. */
  pause(options?: CommandOptions): void;
  /** Starts it again after `pause`. */
  resume(options?: CommandOptions): void;
  /** A fresh start, also of a registration that was given up. */
  restart(options?: CommandOptions): void;
  /** Leaves back-off at once: the network is back, a file has changed, a person says so. */
  retryNow(options?: CommandOptions): void;
  /** Stops it for good and forgets it. */
  remove(options?: CommandOptions): Promise<void>;
}

/**
 * Holds registrations and keeps them connected. `await using` drains it at the end of the block.
 *
 * @example
 * ```ts
 * import { createRuntime } from "mooring";
 *
 * const runtime = createRuntime();
 * process.once("SIGTERM", () => void runtime.drain());
 * await runtime.start({ timeoutMs: 5_000 });
 * console.log(runtime.status().ready);
 * for await (const { key, to, cause } of runtime.changes()) console.log(key, to, cause ?? "");
 * ```
 */
export interface Runtime extends AsyncDisposable {
  /**
   * Adds a registration, also while running. Throws INVALID_CONFIG for bad options, a duplicate, or a connector that
   * the workers' module is known not to export, and NOT_RUNNING once the runtime drains or is closed.
   */
  add(options: RegistrationOptions): Registration;
  /**
   * Starts the registrations and waits until each is ready or waits for a person's approval, at most
   * `timeoutMs` (30,000). Resolves with which are not ready and why; those go on connecting. Rejects with
   * INVALID_CONFIG for bad options, and, after it has closed the runtime, the first time when workers can host none of
   * them.
   */
  start(options?: StartOptions): Promise<StartReport>;
  /** How the runtime and all its registrations stand now. */
  status(): RuntimeStatus;
  /** What connectors count by themselves, by the keys of registrations that have counted something. From worker threads: as of the last second. */
  ownMetrics(): ReadonlyMap<string, readonly MetricSeries[]>;
  /** The handle of a registration. Throws INVALID_CONFIG for an unknown key. */
  registration(key: string): Registration;
  /**
   * State changes from now on, until the runtime has closed. With `fold`, for people, without what repeats. Throws
   * INVALID_CONFIG for bad options.
   */
  changes(options?: ChangesOptions): AsyncIterableIterator<StateChange>;
  /**
   * Why is it not connected, since when, what happens next, and the newest lines of how it got there, or `all` of them.
   * Throws INVALID_CONFIG for an unknown key.
   */
  explain(key: string, options?: ExplainOptions): string;
  /** The last transitions of a registration, oldest first. Throws INVALID_CONFIG for an unknown key. */
  journal(key: string): readonly JournalEntry[];
  /**
   * What is recorded at the moment of the call, as text: pieces of whole lines, each a JSON object (docs/recording.md
   * has the form), for `writeFile`, a response or `replay` of `mooring/testing`. It holds no secret, no arguments and
   * no results. With `workers` its threads are asked; one that does not answer within five seconds is left out, and
   * named in the header. Throws NOT_RUNNING where nothing is recorded: with `recording.maxBytes` 0.
   * @example
   * ```ts
   * import { writeFile } from "node:fs/promises";
   * import { createRuntime } from "mooring";
   *
   * const runtime = createRuntime();
   * await writeFile("outage.jsonl", runtime.recording(), { mode: 0o600 });
   * ```
   */
  recording(): AsyncIterable<string>;
  /**
   * Soft end: no new work, running work finishes, results are confirmed; then closes. Rejects with INVALID_CONFIG for
   * bad options, and goes on as before.
   */
  drain(options?: DrainOptions): Promise<DrainReport>;
  /** Hard end. Resolves when no socket and no timer is left. */
  close(): Promise<void>;
  /** Resolves with all reasons when everything has ended. Never rejects. */
  readonly closed: Promise<ClosedReport>;
  /** What the inspector shows; undefined when inspection is off. */
  readonly inspection: InspectionFeed | undefined;
}

/** The runtime over what runs its registrations. */
export class MooringRuntime implements Runtime {
  readonly #runner: RegistrationRunner;
  /** `new` until `start()`; then what the supervisor says. */
  #life: "new" | "started" | "released" = "new";
  #drained: Promise<DrainReport> | undefined;
  #resolveClosed: (report: ClosedReport) => void = () => {};
  readonly closed: Promise<ClosedReport>;

  constructor(runner: RegistrationRunner) {
    this.#runner = runner;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  get inspection(): InspectionFeed | undefined {
    return this.#runner.feed;
  }

  add(options: RegistrationOptions): Registration {
    if (this.#life === "released" || (this.#life === "started" && this.#phase !== "running")) {
      throw new MooringError(
        "NOT_RUNNING",
        "The runtime is draining or closed: registrations can be added only before that.",
      );
    }
    checkRegistration(options);
    const registration = this.#runner.admit(options);
    if (this.#life === "started") this.#runner.launch([registration]);
    return this.#registration(registration);
  }

  async start(options: StartOptions = {}): Promise<StartReport> {
    const timeoutMs = startTimeout(options);
    const columns = columnsOf(options);
    const isFirst = this.#life === "new";
    if (isFirst) this.#begin();
    const { supervision, registrations } = this.#runner;
    const isSettled = () => supervision.settled === registrations.size;
    const inTime = await supervision.until(() => this.#phase === "stopped" || isSettled(), timeoutMs);
    const { refusal } = this.#runner;
    if (isFirst && refusal) {
      await this.close();
      throw refusal;
    }
    return startReport(registrations.values(), (key) => this.#explain(key, "none", columns), !inTime);
  }

  ownMetrics(): ReadonlyMap<string, readonly MetricSeries[]> {
    const all = [...this.#runner.registrations].map(([key, one]) => [key, one.series()] as const);
    return new Map(all.filter(([, series]) => series.length > 0));
  }

  status(): RuntimeStatus {
    const registrations = this.#statuses();
    return {
      // A registration that serves may have a connector that cannot.
      ready: this.#runner.supervision.ready && registrations.every(({ ready }) => ready),
      phase: this.#life === "released" ? "stopped" : this.#phase,
      gateway: this.#runner.gateway,
      transport: this.#runner.transport,
      registrations,
      channels: this.#runner.channels(),
    };
  }

  changes(options: ChangesOptions = {}): AsyncIterableIterator<StateChange> {
    refuseUnknownChangesOptions(options);
    return this.#runner.changes.read(options);
  }

  registration(key: string): Registration {
    return this.#registration(this.#find(key));
  }

  explain(key: string, options: ExplainOptions = {}): string {
    refuseUnknownExplainOptions(options);
    return this.#explain(key, options.all ? "all" : "newest", columnsOf(options));
  }

  journal(key: string): readonly JournalEntry[] {
    return this.#find(key).history();
  }

  recording(): AsyncIterable<string> {
    const { recording } = this.#runner;
    if (recording) return recording.text();
    throw new MooringError("NOT_RUNNING", "Nothing is recorded: recording.maxBytes is 0.");
  }

  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    const deadlineMs = drainDeadline(options, this.#runner.drainDeadlineMs);
    const told = toldOf("drain", options.by);
    if (told !== undefined && !this.#drained) this.#note([...this.#runner.registrations.values()], told);
    this.#drained ??= this.#end({ type: "drain", deadlineMs });
    return this.#drained;
  }

  async close(): Promise<void> {
    if (this.#drained && this.#life === "started") this.#runner.supervision.send({ type: "close" });
    this.#drained ??= this.#end({ type: "close" });
    await this.#drained;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain();
  }

  get #phase() {
    return this.#runner.supervision.phase;
  }

  #begin(): void {
    this.#life = "started";
    this.#runner.supervision.start();
    this.#runner.launch([...this.#runner.registrations.values()]);
    // With reconnect off, everything may end by itself.
    void this.#stopped().then(() => {
      this.#drained ??= this.#release();
    });
  }

  async #end(
    how: { readonly type: "close" } | { readonly type: "drain"; readonly deadlineMs: number },
  ): Promise<DrainReport> {
    if (this.#life === "started") {
      this.#runner.supervision.send(how);
      await this.#stopped();
    }
    return this.#release();
  }

  /** Who asked for what, in the journal of each registration and once in the log. */
  #note(registrations: readonly ManagedRegistration[], told: string): void {
    for (const registration of registrations) registration.asked(told);
    const [only, another] = registrations;
    const fields = only && !another ? { registration: only.key } : {};
    this.#runner.logger.info(fields, `control: ${told}`);
  }

  #stopped(): Promise<boolean> {
    return this.#runner.supervision.until(() => this.#phase === "stopped");
  }

  async #release(): Promise<DrainReport> {
    this.#life = "released";
    const { drain, closed } = await this.#runner.release();
    this.#resolveClosed(closed);
    return drain;
  }

  #statuses(): readonly RegistrationStatus[] {
    return [...this.#runner.registrations.values()].map((registration) => registration.status());
  }

  #explain(key: string, extent: Extent, columns: number | undefined): string {
    const registration = this.#find(key);
    const { gateway } = this.#runner;
    const surroundings = {
      now: Date.now(),
      gateway,
      others: () => someOthers(this.#runner.registrations.values(), key),
    };
    const text = explainRegistration(registration.status(), registration.history(), surroundings, extent);
    return wrapText(text, columns);
  }

  #find(key: string): ManagedRegistration {
    const { registrations } = this.#runner;
    const registration = registrations.get(key);
    if (registration) return registration;
    const known = [...registrations.keys()].join(", ") || "none";
    throw invalidConfig(`There is no registration "${key}". Registrations: ${known}.`);
  }

  #registration(registration: ManagedRegistration): Registration {
    const { key } = registration;
    const { supervision, registrations } = this.#runner;
    const tell = (type: Command, options: CommandOptions | undefined) => {
      const told = toldOf(type, askedBy(options));
      if (this.#life !== "started") return;
      if (told !== undefined) this.#note([registration], told);
      supervision.send({ type: `registration.${type}`, key });
    };
    return {
      key,
      status: () => registration.status(),
      invoke: registration.invoke,
      pause: (options) => tell("pause", options),
      resume: (options) => tell("resume", options),
      restart: (options) => tell("restart", options),
      retryNow: (options) => tell("retryNow", options),
      remove: async (options) => {
        tell("remove", options);
        if (this.#life === "new") this.#runner.discard(key);
        await supervision.until(() => registrations.get(key) !== registration || this.#phase === "stopped");
      },
    };
  }
}
