/**
 * The `partitions` port over worker threads: spreads registrations evenly over the workers, passes commands on, tells
 * where registrations stand, and does what the charts of workers (`machines/worker.ts`) and of hosted registrations
 * (`machines/hosted-registration.ts`) say.
 */
import { fromCallback } from "xstate";
import {
  type HostedEffect,
  type HostedEvent,
  hostedStep,
  isAssigned,
  isLeaving,
  type RestingStanding,
} from "../../machines/hosted-registration.js";
import type { PartitionsCommand, PartitionsEvent, RegistrationCommand } from "../../machines/index.js";
import { invalidConfig, type MooringError } from "../errors.js";
import type { RuntimeStatus } from "../runtime/status.js";
import type { ChoiceChange } from "../transport-choice/choice.js";
import { type Death, deathFields, deathInWords } from "./death.js";
import { remember } from "./deaths.js";
import type { RemoteRegistration } from "./remote-registration.js";
import { pastSilenceInWords } from "./silence-words.js";
import { lookEveryMs, type Silence } from "./watchdog.js";
import { Worker } from "./worker.js";
import type {
  LogLevel,
  RecordedPiece,
  RegistrationReport,
  WorkerEnd,
  WorkerInput,
} from "./worker-messages.js";
import type { WorkerMessage, WorkerThread } from "./worker-thread.js";

export interface WorkerPoolOwner {
  readonly count: number;
  /** What the next thread of a worker is started with. */
  inputFor(worker: number): WorkerInput;
  /** Looks in a row at which a thread may have said nothing. */
  readonly mostQuietLooks: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  /** Since 1970, in ms. */
  readonly wallClock: () => number;
  registration(key: string): RemoteRegistration | undefined;
  changed(registration: RemoteRegistration, from: string | null): void;
  removed(registration: RemoteRegistration): void;
  fault(error: Error): void;
  /** A fault that the log has by other words. */
  died(error: Error): void;
  log(level: LogLevel, fields: object, message: string): void;
  /** A worker's thread tells what it has recorded. */
  recorded(worker: number, piece: RecordedPiece): void;
  /** Something has gone wrong in a thread, which has noted it. */
  faulted(): void;
  gone(worker: number, how: "ended" | "died"): void;
  /** What carries the streams of a worker was chosen, or is in doubt. */
  transport(worker: number, change: ChoiceChange, gateway: string): void;
}

/** What an effect may need to know of the event. */
interface Occasion {
  readonly event: HostedEvent;
  /** What was asked of it. */
  readonly command?: RegistrationCommand;
  /** Whose thread has failed. */
  readonly worker?: Worker;
  readonly words?: string;
}

const silenceFields = (silence: Silence | undefined): object => ({
  silentMs: silence?.forMs,
  ...silence?.holder?.name,
});

export class WorkerPool {
  readonly #owner: WorkerPoolOwner;
  readonly #workers: readonly Worker[];
  readonly #ends: WorkerEnd[] = [];
  #missing = 0;
  #connectorTypes: readonly string[] | undefined;
  #tell: (event: PartitionsEvent) => void = () => {};
  #looks: NodeJS.Timeout | undefined;

  constructor(owner: WorkerPoolOwner) {
    this.#owner = owner;
    this.#workers = Array.from({ length: owner.count }, (_, index) => this.#newWorker(index + 1));
  }

  /** The port that the supervisor leads. */
  port() {
    return fromCallback<PartitionsCommand, { readonly partitionSize: number }>(({ sendBack, receive }) => {
      this.#tell = sendBack;
      receive((command) => this.#obey(command));
    });
  }

  /** What the module exports; undefined until a worker has loaded it. */
  get connectorTypes(): readonly string[] | undefined {
    return this.#connectorTypes;
  }

  channels(): RuntimeStatus["channels"] {
    return this.#workers.flatMap(
      ({ number, thread }) => thread?.channels.map((channel) => ({ ...channel, worker: number })) ?? [],
    );
  }

  /** Those that are there. */
  threads(): readonly WorkerThread[] {
    return this.#workers.flatMap(({ thread }) => thread ?? []);
  }

  /** Ends every thread. `missing` threads have died while everything ended. */
  async end(): Promise<{ readonly ends: readonly WorkerEnd[]; readonly missing: number }> {
    clearInterval(this.#looks);
    await Promise.all(this.#workers.map((worker) => worker.end()));
    return { ends: this.#ends, missing: this.#missing };
  }

  #newWorker(number: number): Worker {
    const { mostQuietLooks, now } = this.#owner;
    return new Worker(number, {
      input: () => this.#owner.inputFor(number),
      mostQuietLooks,
      now,
      registration: (key) => this.#owner.registration(key),
      started: () => {
        this.#looks ??= setInterval(() => this.#look(), lookEveryMs).unref();
      },
      message: (worker, message) => this.#hear(worker, message),
      ended: (worker, end) => this.#threadEnded(worker, end),
      unusable: (worker, message, cause) => this.#threadUnusable(worker, message, cause),
      failed: (worker, death, isEnding, givenUp) => this.#threadFailed(worker, death, isEnding, givenUp),
      fault: (error) => this.#owner.fault(error),
    });
  }

  #obey(command: PartitionsCommand): void {
    if (command.type === "registrations.add") {
      for (const { key } of command.specs) this.#lead(key, { type: "registration.start" });
      return;
    }
    if ("key" in command) return this.#lead(command.key, { type: command.type }, command);
    // A worker leads its own drain: what it takes to cancel its handlers in time, it knows from the deadline.
    if (command.type === "cancel") return;
    for (const worker of this.#workers) worker.send(command);
  }

  #lead(key: string, event: HostedEvent, command?: RegistrationCommand): void {
    const registration = this.#owner.registration(key);
    if (registration) this.#step(registration, { event, ...(command ? { command } : {}) });
  }

  #step(registration: RemoteRegistration, occasion: Occasion): void {
    const { state, effects } = hostedStep(registration.state, occasion.event);
    registration.state = state;
    if (!isAssigned(state)) this.#unassign(registration);
    for (const effect of effects) this.#perform(registration, effect, occasion);
    this.#tellStanding(registration);
  }

  #perform(registration: RemoteRegistration, effect: HostedEffect, occasion: Occasion): void {
    const { command, worker, words } = occasion;
    switch (effect.type) {
      case "assign":
        return this.#assign(registration);
      case "restart":
        return worker && this.#restart(registration, worker, words ?? "");
      case "forward":
        return command && registration.worker?.send(command);
      case "rest":
        return this.#rest(registration, effect.params.as, words);
      case "forget":
        this.#tellStanding(registration);
        return this.#owner.removed(registration);
    }
  }

  /** To the worker with the fewest. */
  #assign(registration: RemoteRegistration): void {
    const worker = this.#workers.reduce((one, other) =>
      other.registrations.size < one.registrations.size ? other : one,
    );
    const fields = { registration: registration.key, worker: worker.number };
    this.#owner.log("debug", fields, "registration goes to a worker");
    this.#host(registration, worker);
  }

  #host(registration: RemoteRegistration, worker: Worker): void {
    worker.registrations.add(registration);
    registration.worker = worker;
    registration.reported = "connecting";
    registration.refusal = undefined;
    this.#tellStanding(registration);
    worker.send({ type: "registration.add", key: registration.key });
  }

  #unassign(registration: RemoteRegistration): void {
    registration.worker?.registrations.delete(registration);
    registration.worker = null;
  }

  #restart(registration: RemoteRegistration, worker: Worker, words: string): void {
    const from = registration.statePath;
    registration.restart(this.#owner.wallClock(), words);
    this.#host(registration, worker);
    this.#owner.changed(registration, from);
  }

  /** `words`: how its thread died. */
  #rest(registration: RemoteRegistration, as: RestingStanding, words?: string): void {
    const from = registration.statePath;
    const why = words === undefined ? "worker.refused" : "worker.died";
    registration.rest(as, this.#owner.wallClock(), why, words);
    this.#tellStanding(registration);
    this.#owner.changed(registration, from);
  }

  /** No worker can host it. */
  #refuse(registration: RemoteRegistration | undefined, event: HostedEvent, error: MooringError): void {
    this.#owner.fault(error);
    if (!registration) return;
    registration.refusal = error;
    this.#step(registration, { event });
  }

  #threadEnded({ number, registrations }: Worker, end: WorkerEnd): void {
    this.#ends.push(end);
    this.#owner.gone(number, "ended");
    for (const registration of [...registrations])
      this.#step(registration, { event: { type: "thread.ended", standing: registration.reported } });
  }

  #threadUnusable({ number, registrations }: Worker, message: string, cause: unknown): void {
    this.#owner.gone(number, "ended");
    for (const registration of [...registrations]) {
      if (isLeaving(registration.state)) this.#step(registration, { event: { type: "thread.unusable" } });
      else this.#refuse(registration, { type: "thread.unusable" }, invalidConfig(message, cause));
    }
  }

  #threadFailed(worker: Worker, death: Death, isEnding: boolean, givenUp: readonly string[] | "all"): void {
    const registrations = [...worker.registrations];
    const staying = registrations.filter(({ state }) => !isLeaving(state)).length;
    this.#owner.gone(worker.number, "died");
    this.#tell({ type: "partition.failed", partition: worker.number, registrations: staying });
    this.#noteDeath(worker.number, death);
    if (isEnding) this.#missing += 1;
    const words = deathInWords(worker.number, death);
    for (const registration of registrations) {
      const isTooOften = givenUp === "all" || givenUp.includes(registration.key);
      const { reported: standing } = registration;
      const event: HostedEvent = { type: "thread.failed", standing, isEnding, isTooOften };
      this.#step(registration, { event, worker, words });
    }
  }

  #noteDeath(number: number, death: Death): void {
    this.#owner.died(death.error);
    this.#owner.log("error", deathFields(number, death), deathInWords(number, death));
    remember(death, (key) => this.#owner.registration(key)?.requests);
  }

  #hear(worker: Worker, message: WorkerMessage): void {
    switch (message.type) {
      case "loaded":
        this.#connectorTypes = message.connectorTypes;
        return worker.loaded();
      case "changed":
        return this.#changed(message.report, message.from);
      case "figures":
        if (worker.thread) worker.thread.channels = message.channels;
        for (const report of message.reports) this.#take(report);
        return this.#turned(worker);
      case "removed":
        return this.#lead(message.key, { type: "thread.removed" });
      case "refused":
        return this.#refuse(
          this.#owner.registration(message.key),
          { type: "thread.refused" },
          invalidConfig(message.message),
        );
      case "fault":
        return this.#owner.faulted();
      case "recorded":
        return this.#owner.recorded(worker.number, message);
      case "transport":
        return this.#owner.transport(worker.number, message.change, message.gateway);
      case "log":
        return this.#owner.log(message.level, { ...message.fields, worker: worker.number }, message.message);
    }
  }

  #changed(report: RegistrationReport, from: string | null): void {
    const registration = this.#take(report);
    if (registration) this.#owner.changed(registration, from);
  }

  #take(report: RegistrationReport): RemoteRegistration | undefined {
    const registration = this.#owner.registration(report.key);
    if (!registration?.worker) return undefined;
    registration.take(report);
    this.#step(registration, { event: { type: "thread.reported", standing: report.standing } });
    return registration;
  }

  #look(): void {
    for (const worker of this.#workers) if (worker.look()) this.#fallenSilent(worker);
  }

  #fallenSilent(worker: Worker): void {
    const { number, thread } = worker;
    const words = thread?.silence ?? "";
    this.#owner.log("warn", { worker: number, ...silenceFields(thread?.watchdog.silence) }, words);
    this.#noteAll(worker, "worker.silent", words);
  }

  /** The thread's loop has turned. Nothing else says so: a handler that blocks it may still log. */
  #turned(worker: Worker): void {
    const silence = worker.turned();
    if (!silence) return;
    const words = pastSilenceInWords(worker.number, silence);
    this.#owner.log("warn", { worker: worker.number, ...silenceFields(silence) }, words);
    this.#noteAll(worker, "worker.answers", words);
  }

  #noteAll({ registrations }: Worker, event: "worker.silent" | "worker.answers", words: string): void {
    for (const registration of registrations) {
      if (registration.isResting) continue;
      registration.note(event, this.#owner.wallClock(), words);
      this.#tellStanding(registration);
      this.#owner.changed(registration, registration.statePath);
    }
  }

  /** To the supervisor, where it has moved. */
  #tellStanding(registration: RemoteRegistration): void {
    const { standing: from, standingNow: to } = registration;
    if (from === to) return;
    registration.standing = to;
    this.#tell({ type: "registrations.moved", movements: [{ from, to }] });
  }
}
