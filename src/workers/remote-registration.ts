/** A registration in a worker thread, as the main thread tells of it: its last report, and what became of its thread. */
import { type HostedState, hostedFromStart, hostedStanding } from "../../machines/hosted-registration.js";
import { noCounters, type Standing } from "../../machines/index.js";
import { isResting } from "../../machines/ports.js";
import { notServing } from "../../machines/registration/state-meta.js";
import type { Invoke } from "../connectors/invoke.js";
import { type MetricSeries, noSeries } from "../connectors/metrics.js";
import { MooringError } from "../errors.js";
import { noWork } from "../execution/work-counters.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import { controlled, Journal, type JournalEntry } from "../runtime/journal.js";
import { meaningAtRest } from "../runtime/meanings.js";
import { wakes } from "../runtime/record.js";
import type { ManagedRegistration } from "../runtime/registration-runner.js";
import { type RegistrationStatus, statePath } from "../runtime/status.js";
import { noSigns } from "../troubles/troubles.js";
import { RequestRecord } from "./deaths.js";
import type { Worker } from "./worker.js";
import type { NamedRegistration, RegistrationReport } from "./worker-messages.js";

function unreported(
  identity: Identity,
  at: number,
  transport: RegistrationStatus["transport"],
): RegistrationStatus {
  return {
    key: registrationKey(identity),
    arn: connectorArn(identity),
    state: "connecting",
    child: null,
    ready: false,
    tags: [],
    meaning: notServing,
    advice: null,
    since: at,
    enteredBy: null,
    cause: null,
    code: null,
    detail: null,
    stopReason: null,
    nextAction: { what: "its worker starts", at: null },
    transport,
    credentialSource: null,
    hasSessionToken: false,
    otherGateway: null,
    attempt: 0,
    counters: { ...noCounters, ...noWork() },
    work: { running: 0, queued: 0, slots: 0, unconfirmed: 0 },
    requestDurations: [],
    roundTripMs: null,
    signs: { ...noSigns, notServingSince: at },
    unexpectedEvents: 0,
    staleEvents: 0,
    restarts: 0,
    worker: null,
  };
}

/** A refusal as status and journal tell it. */
const factsOf = (refusal: MooringError | undefined) =>
  refusal && ({ cause: "worker-refused", code: refusal.code, detail: refusal.message } as const);

const deathFacts = (words: string | undefined) =>
  words === undefined ? undefined : ({ cause: "worker-died", detail: words } as const);

export class RemoteRegistration implements ManagedRegistration {
  readonly key: string;
  readonly registration: NamedRegistration;
  state: HostedState = hostedFromStart;
  /** Null while no worker has it. */
  worker: Worker | null = null;
  /** As the supervisor was told; null when it has not been told of it. */
  standing: Standing | null = null;
  /** As its thread has reported it last. */
  reported: Standing = "connecting";
  /** Why no worker can host it, when that is so. */
  refusal: MooringError | undefined;
  readonly requests = new RequestRecord();
  /** How its thread died, while it is at rest for that. */
  #death: string | undefined;
  /** How often it was started again because its thread had died. */
  #restarts = 0;
  #status: RegistrationStatus;
  #series = noSeries;
  readonly #journal = new Journal();

  constructor(
    identity: Identity,
    registration: NamedRegistration,
    at: number,
    transport: RegistrationStatus["transport"],
  ) {
    this.key = registrationKey(identity);
    this.registration = registration;
    this.#status = unreported(identity, at, transport);
  }

  get isReady(): boolean {
    return this.#status.ready && this.#silence() === undefined;
  }

  status(): RegistrationStatus {
    const status = { ...this.#status, ...this.#restFacts(), ...this.#silence() };
    return {
      ...status,
      meaning: meaningAtRest(status) ?? status.meaning,
      restarts: this.#status.restarts + this.#restarts,
      worker: this.worker?.number ?? null,
    };
  }

  series(): readonly MetricSeries[] {
    return this.#series;
  }

  history(): readonly JournalEntry[] {
    return this.#journal.entries();
  }

  get statePath(): string {
    return statePath(this.#status.state, this.#status.child);
  }

  get isResting(): boolean {
    return isResting(this.standing);
  }

  /** Where the supervisor is to count it; null: not there. */
  get standingNow(): Standing | null {
    return hostedStanding(this.state, this.reported, this.worker?.isSilent ?? false);
  }

  readonly invoke: Invoke = async (target, capabilityId, payload, options) => {
    const thread = this.worker?.thread;
    if (thread) return thread.invocations.invokeOf(this.key)(target, capabilityId, payload, options);
    throw new MooringError("NOT_RUNNING", `${this.key} does not serve now: no thread hosts it.`);
  };

  asked(detail: string): void {
    this.#journal.add({ at: Date.now(), kind: "note", state: this.statePath, event: controlled, detail });
  }

  /** Its thread answers no more, or again. */
  note(event: "worker.silent" | "worker.answers", at: number, detail: string): void {
    this.#journal.add({ at, kind: "note", state: this.statePath, event, cause: "worker-blocked", detail });
  }

  /** While its thread does not answer, its last report says nothing of now. */
  #silence() {
    const detail = this.isResting ? undefined : this.worker?.thread?.silence;
    if (detail === undefined) return undefined;
    const nextAction = { what: "serves again when its worker answers", at: null };
    const tags = this.#status.tags.filter((tag) => tag !== "ready");
    const facts = { cause: "worker-blocked", code: null, detail, nextAction } as const;
    return { ...facts, ready: false, tags, meaning: notServing };
  }

  take({ status, standing, journal, series }: RegistrationReport): void {
    this.#status = status;
    if (series) this.#series = series;
    this.reported = standing;
    for (const entry of journal) this.#journal.add(entry);
  }

  /** Its thread has died, and it starts again in another. */
  restart(at: number, words: string): void {
    this.#restarts += 1;
    this.#enter("connecting", at, "worker.died", deathFacts(words));
    this.#status = { ...this.#status, nextAction: { what: "its worker starts", at: null } };
  }

  /** It is at rest without a thread, until somebody starts it. */
  rest(state: "paused" | "parked" | "stopped", at: number, why: string, death?: string): void {
    this.#death = state === "parked" ? death : undefined;
    this.#enter(state, at, why, factsOf(this.refusal) ?? deathFacts(death));
    this.#status = {
      ...this.#status,
      stopReason: state === "stopped" ? "shutdown" : null,
      nextAction: state === "stopped" ? { what: "nothing", at: null } : wakes[state],
    };
  }

  /** Why it is parked, when that is so. */
  #restFacts() {
    const refusal = factsOf(this.refusal);
    if (refusal || this.#death === undefined || !this.isResting) return refusal;
    return { ...deathFacts(this.#death), code: null };
  }

  #enter(state: RegistrationStatus["state"], at: number, event: string, facts: object = {}): void {
    this.#journal.add({
      at,
      kind: "transition",
      state,
      from: this.statePath,
      afterMs: at - this.#status.since,
      event,
      ...facts,
    });
    const { signs } = this.#status;
    this.#status = {
      ...this.#status,
      state,
      child: null,
      ready: false,
      tags: [],
      meaning: notServing,
      advice: null,
      since: at,
      enteredBy: event,
      attempt: 0,
      stopReason: null,
      signs: { ...signs, notServingSince: signs.notServingSince ?? at },
    };
  }
}
