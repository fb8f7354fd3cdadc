/**
 * One registration as the runtime knows it: its parts that outlive streams, its journal and counters, and the
 * last view of its machine. Watches the machine; never decides for it.
 */
import {
  type Counters,
  countTransition,
  type Failure,
  noCounters,
  type RegistrationActor,
  type RegistrationView,
  type Standing,
} from "../../machines/index.js";
import { notServing } from "../../machines/registration/state-meta.js";
import { noSigns, registrationSigns } from "../../machines/registration-signs.js";
import type { RegistrationServices } from "../actors/services.js";
import type { Invoke } from "../connectors/invoke.js";
import type { MetricSeries, OwnMetrics } from "../connectors/metrics.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import { lossesKept } from "../troubles/losses.js";
import type { TroubleSigns } from "../troubles/troubles.js";
import { controlled, Journal, type JournalEntry, loopBlocked } from "./journal.js";
import { meaningAtRest } from "./meanings.js";
import type { ManagedRegistration } from "./registration-runner.js";
import { type NextAction, type RegistrationStatus, statePath } from "./status.js";

/** A registration outside its machine: taken out for a while, or given up after too many faults. */
export type Suspension = "paused" | "parked";

const nothing: NextAction = { what: "nothing", at: null };

/** What starts a suspended registration again. */
export const wakes: Readonly<Record<Suspension, NextAction>> = {
  paused: { what: "resume() starts it again", at: null },
  parked: { what: "restart() starts it again", at: null },
};

/** A further try may lead back to the same state; that a registration which serves forgets its tries is none. */
const isSameTry = (before: RegistrationView, view: RegistrationView): boolean =>
  before.attempt === view.attempt || (before.registered && view.registered);

/** What of a registration its record holds, beside what ports ask for. */
export interface RecordServices extends RegistrationServices {
  /** What its connector counts by itself. */
  readonly metrics: Pick<OwnMetrics, "series">;
}

export class RegistrationRecord implements ManagedRegistration {
  readonly identity: Identity;
  readonly key: string;
  readonly services: RecordServices;
  readonly #journal = new Journal();
  readonly #now: () => number;
  #view: RegistrationView | null = null;
  #since: number;
  #counters: Counters = noCounters;
  #suspension: Suspension | null = null;
  /** What the gateway has said in this state. */
  #said: string | null = null;
  #actor: RegistrationActor | undefined;
  #notServingSince: number | null;
  #losses = 0;
  #lossTimes: readonly number[] = [];
  #blockedAt: number | null = null;
  restarts = 0;

  constructor(identity: Identity, services: RecordServices, now: () => number) {
    this.identity = identity;
    this.key = registrationKey(identity);
    this.services = services;
    this.#now = now;
    this.#since = now();
    this.#notServingSince = this.#since;
  }

  get view(): RegistrationView | null {
    return this.#view;
  }

  get standing(): Standing {
    return this.#suspension ?? this.#view?.standing ?? "connecting";
  }

  /** It neither serves nor tries to. */
  get isAtRest(): boolean {
    return this.#suspension !== null || this.#view?.standing === "stopped";
  }

  get counters(): Counters {
    return this.#counters;
  }

  history(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  /** Its machine was started, or started again. */
  startedAs(actor: RegistrationActor): void {
    this.#actor = actor;
  }

  /** Something worth a line that is no transition. */
  note(code: string, failure: Failure | undefined, detail?: string): void {
    if (detail !== undefined) this.#said = detail;
    const entry: Writable<JournalEntry> = {
      at: this.#now(),
      kind: "note",
      state: this.#statePath(),
      event: code,
    };
    addFacts(entry, failure);
    if (detail !== undefined) entry.detail = detail;
    this.#journal.add(entry);
  }

  /** What carries its streams was chosen, or is in doubt. */
  carriage(event: string, detail: string): void {
    this.#journal.add({ at: this.#now(), kind: "note", state: this.#statePath(), event, detail });
  }

  /** The event loop was blocked, and this registration with it. Said afterwards; it changes nothing. */
  blocked(detail: string): void {
    const at = this.#now();
    this.#blockedAt = at;
    this.#journal.add({ at, kind: "note", state: this.#statePath(), event: loopBlocked, detail });
  }

  get invoke(): Invoke {
    const { doors } = this.services;
    return (target, capabilityId, payload, options) => doors.invoke(target, capabilityId, payload, options);
  }

  asked(detail: string): void {
    this.#journal.add({ at: this.#now(), kind: "note", state: this.#statePath(), event: controlled, detail });
  }

  /** An event that the state did not take, or one of a stream already given up. */
  unexpected(event: string, stale: boolean): void {
    this.#journal.add({
      at: this.#now(),
      kind: "unexpected",
      state: this.#statePath(),
      event: stale ? `${event} (of an earlier stream)` : event,
    });
  }

  /** Takes note of how the machine stands. Returns true when the public state or its child changed. */
  observe(view: RegistrationView): boolean {
    const before = this.#view;
    const at = this.#now();
    this.#counters = countTransition(this.#counters, before, view, at);
    this.#view = view;
    this.#suspension = null;
    this.#notServingSince = view.tags.has("ready") ? null : (this.#notServingSince ?? at);
    if (before?.registered && view.tags.has("backingOff")) {
      this.#losses += 1;
      this.#lossTimes = [...this.#lossTimes, at].slice(-lossesKept);
    }
    if (before?.state === view.state && before.child === view.child && isSameTry(before, view)) return false;
    this.#enter(at, before, view);
    return true;
  }

  /** The machine is gone; `paused` by a caller, or `parked` after too many faults. */
  suspend(how: Suspension): void {
    const at = this.#now();
    const from = this.#statePath();
    this.#suspension = how;
    this.#notServingSince ??= at;
    this.#journal.add({ at, kind: "transition", state: how, from, afterMs: at - this.#since });
    this.#since = at;
  }

  #enter(at: number, before: RegistrationView | null, view: RegistrationView): void {
    const state = statePath(view.state, view.child);
    const afterMs = at - this.#since;
    const entry: Writable<JournalEntry> = before
      ? { at, kind: "transition", state, from: statePath(before.state, before.child), afterMs }
      : { at, kind: "transition", state, afterMs };
    addFacts(entry, view.failure);
    this.#journal.add(entry);
    this.#since = at;
    this.#said = null;
  }

  #statePath(): string {
    return this.#suspension ?? (this.#view ? statePath(this.#view.state, this.#view.child) : "new");
  }

  series(): readonly MetricSeries[] {
    return this.services.metrics.series();
  }

  get isReady(): boolean {
    return this.#serves && this.services.execution.blocked === undefined;
  }

  /** Its stream is served, whatever its connector can do. */
  get #serves(): boolean {
    return this.#suspension === null && (this.#view?.tags.has("ready") ?? false);
  }

  status(): RegistrationStatus {
    const status = this.#ofMachine();
    const detail = status.ready ? this.services.execution.blocked : undefined;
    if (detail === undefined) return status;
    const nextAction = { what: "takes requests again when a thread answers", at: null };
    const tags = status.tags.filter((tag) => tag !== "ready");
    const facts = { cause: "threads-blocked", code: null, detail, nextAction } as const;
    return { ...status, ...facts, ready: false, tags, meaning: notServing };
  }

  #ofMachine(): RegistrationStatus {
    const view = this.#view;
    const { execution } = this.services;
    const failure = view?.failure ?? null;
    const state = this.#suspension ?? view?.state ?? "connecting";
    const stopReason = this.#suspension ? null : (view?.stopReason ?? null);
    const cause = failure?.cause ?? null;
    return {
      key: this.key,
      arn: connectorArn(this.identity),
      state,
      child: this.#suspension ? null : (view?.child ?? null),
      ready: this.#serves,
      tags: this.#suspension === null && view ? [...view.tags] : [],
      meaning: meaningAtRest({ state, stopReason, cause }) ?? view?.meaning ?? notServing,
      advice: this.#suspension ? null : (view?.advice ?? null),
      since: this.#since,
      enteredBy: (this.#suspension === null && view?.event) || null,
      cause,
      code: failure?.code ?? null,
      detail: failure?.detail ?? this.#said,
      stopReason,
      nextAction: this.#nextAction(),
      transport: this.services.transport(this.#suspension === null && (view?.registered ?? false)),
      credentialSource: view?.credentialSource ?? null,
      hasSessionToken: view?.hasSessionToken ?? false,
      otherGateway: this.services.credentials.otherGateway,
      attempt: view?.attempt ?? 0,
      counters: Object.assign({}, this.#counters, execution.counters),
      work: execution.work,
      requestDurations: execution.durations.counts,
      roundTripMs: this.services.roundTrips.count === 0 ? null : this.services.roundTrips.last,
      signs: this.#signs(),
      unexpectedEvents: view?.unexpectedEvents ?? 0,
      staleEvents: view?.staleEvents ?? 0,
      restarts: this.restarts,
      worker: null,
    };
  }

  #signs(): TroubleSigns {
    const actor = this.#suspension === null ? this.#actor : undefined;
    return {
      ...(actor ? registrationSigns(actor.getSnapshot()) : noSigns),
      ...this.services.execution.signs,
      notServingSince: this.#notServingSince,
      losses: this.#losses,
      lossTimes: this.#lossTimes,
      unsavedCode: this.services.credentials.unsavedCode,
      unsavedPath: this.services.credentials.unsavedPath,
      blockedAt: this.#blockedAt,
    };
  }

  #nextAction(): NextAction {
    if (this.#suspension) return wakes[this.#suspension];
    const next = this.#view?.next;
    if (!next) return nothing;
    return { what: next.what, at: next.afterMs === null ? null : this.#since + next.afterMs };
  }
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Not by spreading them: thousands of registrations change their state together. */
function addFacts(entry: Writable<JournalEntry>, failure: Failure | null | undefined): void {
  if (!failure) return;
  const { cause, code, detail } = failure;
  entry.cause = cause;
  if (code) entry.code = code;
  if (detail) entry.detail = detail;
}
