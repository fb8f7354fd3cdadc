/**
 * A registration machine on a clock of the test, with fake ports that record what they are told. Nothing
 * happens by itself: the test opens, answers, ends and lets time pass.
 */
import { type AnyEventObject, createActor, fromCallback, fromPromise, type InspectionEvent } from "xstate";
import type { CredentialsInput } from "../../machines/credentials/types.js";
import type { credentialsMachine } from "../../machines/credentials.js";
import { type Failure, type FailureCause, failureOf } from "../../machines/failure.js";
import { livenessMachine } from "../../machines/liveness.js";
import { defaultPolicy, type RegistrationPolicy } from "../../machines/policy.js";
import {
  type ApprovalStatus,
  type CredentialSource,
  type CredentialsEvent,
  type OpenOutcome,
  type OpenStreamInput,
  type StreamCommand,
  type StreamEvent,
  type StreamInput,
  streamActor,
  type WorkCommand,
  type WorkEvent,
  type WorkInput,
} from "../../machines/ports.js";
import type { RegistrationEmitted, RegistrationOutput } from "../../machines/registration/types.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { type RegistrationView, registrationView } from "../../machines/registration-view.js";
import { chartLogic } from "../../src/actors/chart-logic.js";
import type { Recorder } from "../../src/recording/recorder.js";
import { StepClock } from "./clock.js";

interface Pending<I, O> {
  readonly input: I;
  readonly signal: AbortSignal;
  resolve(outcome: O): void;
  reject(error: unknown): void;
}

interface FakeStream {
  readonly input: StreamInput;
  /** All but `pulse`. */
  readonly commands: string[];
  /** How often heartbeats were told to begin. */
  pulses: number;
  live: boolean;
  send(event: StreamEvent): void;
}

interface FakeCredentials {
  readonly input: CredentialsInput;
  live: boolean;
  send(event: CredentialsEvent): void;
}

interface FakeWork {
  readonly mode: WorkInput["mode"];
  readonly commands: string[];
  live: boolean;
  send(event: WorkEvent): void;
}

/** Enough turns of the microtask queue for a settled promise to reach the machine. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
}

/** A fake of a promise port whose every call waits for the test, unless it is answered at once. */
function deferred<I, O>(calls: Pending<I, O>[], atOnce: (input: I) => O | undefined) {
  return fromPromise<O, I>(
    ({ input, signal }) =>
      new Promise<O>((resolve, reject) => {
        calls.push({ input, signal, resolve, reject });
        const outcome = atOnce(input);
        if (outcome !== undefined) resolve(outcome);
      }),
  );
}

/** The ports of one rig, and what they saw. */
export class FakePorts {
  readonly openings: Pending<OpenStreamInput, OpenOutcome>[] = [];
  /** Stand-ins for the credentials machine, which has a rig of its own. */
  readonly credentials: FakeCredentials[] = [];
  readonly streams: FakeStream[] = [];
  readonly works: FakeWork[] = [];
  /** The most streams that were ever live at once. */
  mostStreams = 0;
  /** What a work port says as soon as it starts. */
  workSays: WorkEvent | null = null;
  /** Whether a heartbeat is answered at once. */
  answers = false;
  /** Called within the turn of the machine that gave a stream a command. */
  onCommand: ((command: StreamCommand, stream: FakeStream) => void) | null = null;
  /** What an opening comes to in the turn that asks for it; null: it waits for the test. */
  opensAtOnce: ((input: OpenStreamInput) => OpenOutcome) | null = null;
  /** Whether there are credentials at once when the machine connects. */
  hasCredentials = true;

  /** Those of one-time tokens that the gateway issued. */
  get exchanges(): readonly FakeCredentials[] {
    return this.credentials.filter(({ input }) => input.offerId !== null);
  }

  get actors() {
    return {
      openStream: deferred(this.openings, (input) => this.opensAtOnce?.(input)),
      credentials: this.#credentialsLogic(),
      stream: streamActor(({ input, sendBack, receive }) => {
        const stream: FakeStream = { input, commands: [], pulses: 0, live: true, send: sendBack };
        this.streams.push(stream);
        this.mostStreams = Math.max(this.mostStreams, this.streams.filter(({ live }) => live).length);
        receive((command) => {
          if (command.type === "pulse") stream.pulses += 1;
          else stream.commands.push(command.type);
          this.onCommand?.(command, stream);
          if (this.answers && command.type === "heartbeat") sendBack(answered(input.streamAttempt));
        });
        return () => {
          stream.live = false;
        };
      }),
      work: fromCallback<WorkCommand, WorkInput>(({ input, sendBack, receive }) => {
        const work: FakeWork = { mode: input.mode, commands: [], live: true, send: sendBack };
        this.works.push(work);
        receive((command) => work.commands.push(command.type));
        if (this.workSays) sendBack(this.workSays);
        return () => {
          work.live = false;
        };
      }),
    };
  }

  #credentialsLogic(): typeof credentialsMachine {
    const logic = fromCallback<AnyEventObject, CredentialsInput>(({ input, sendBack }) => {
      const credentials: FakeCredentials = { input, live: true, send: sendBack };
      this.credentials.push(credentials);
      if (this.hasCredentials && input.offerId === null)
        sendBack({ type: "credentials.ready", source: "anonymous" });
      return () => {
        credentials.live = false;
      };
    });
    // Another kind of actor than the machine that it stands for: the registration sees their events only.
    return logic as unknown as typeof credentialsMachine;
  }
}

const answered = (streamAttempt: number, shouldReconnect = false): StreamEvent => ({
  type: "stream.heartbeatAnswered",
  streamAttempt,
  shouldReconnect,
});

function last<T>(items: readonly T[], what: string): T {
  const item = items.at(-1);
  if (item === undefined) throw new Error(`The machine has asked for no ${what}.`);
  return item;
}

export interface RigOptions {
  readonly policy?: Partial<RegistrationPolicy>;
  readonly random?: () => number;
  /** False: the credentials say nothing by themselves. */
  readonly hasCredentials?: boolean;
  /** Real credentials instead of the stand-in. */
  readonly credentials?: typeof credentialsMachine;
  readonly inspect?: (event: InspectionEvent) => void;
  /** Notes what the charts do. */
  readonly recorder?: Recorder;
  readonly key?: string;
}

const takesSteps: ReadonlySet<CredentialSource> = new Set(["mounted-key", "saved", "one-time-token"]);

export const placeOf = ({ state, child }: RegistrationView): string => (child ? `${state}.${child}` : state);

export function createRig(options: RigOptions = {}) {
  const ports = new FakePorts();
  ports.hasCredentials = options.hasCredentials ?? true;
  const clock = new StepClock();
  const policy = { ...defaultPolicy, ...options.policy };
  const { credentials = ports.actors.credentials } = options;
  const { recorder, random = () => 0 } = options;
  const charts = process.env.TEST_CHARTS === "planned" ? "planned" : "plain";
  const liveness = livenessMachine.provide({});
  const machine = registrationMachine.provide({
    actors: {
      ...ports.actors,
      credentials,
      liveness: chartLogic({ charts, recorder }, "liveness", liveness),
    },
  });
  const actor = createActor(chartLogic({ charts, recorder }, "registration", machine), {
    input: { key: options.key ?? "acme.echo.one", policy, random: recorder?.random(random) ?? random },
    clock,
    ...(options.inspect ? { inspect: options.inspect } : {}),
  });
  const states: string[] = [];
  const emitted: RegistrationEmitted[] = [];
  const errors: unknown[] = [];
  const outputs: RegistrationOutput[] = [];
  const observe = (snapshot: RegistrationSnapshot) => {
    const place = placeOf(registrationView(snapshot));
    if (states.at(-1) !== place) states.push(place);
  };
  actor.subscribe({
    next: observe,
    error: (error) => errors.push(error),
    complete: () => {
      const { output } = actor.getSnapshot();
      if (output) outputs.push(output);
    },
  });
  actor.on("*", (event) => emitted.push(event));
  actor.start();
  observe(actor.getSnapshot());

  const stream = () => last(ports.streams, "stream");
  const attempt = () => actor.getSnapshot().context.streamAttempt;
  return {
    actor,
    clock,
    ports,
    policy,
    states,
    emitted,
    errors,
    outputs,
    stream,
    get view() {
      return registrationView(actor.getSnapshot());
    },
    get place() {
      return placeOf(registrationView(actor.getSnapshot()));
    },
    get context() {
      return actor.getSnapshot().context;
    },
    /** The codes of what was noted, in order. */
    get notes() {
      return emitted.flatMap((event) => (event.type === "note" ? [event.code] : []));
    },
    get unexpected() {
      return emitted.flatMap((event) => (event.type === "unexpected" ? [event.event] : []));
    },
    /** What takes steps is never at hand: it is gone through first. */
    async opened(source: CredentialSource = "saved", hasSessionToken = false) {
      const isAsked = () => last(ports.openings, "stream").input.onlyAtHand;
      if (takesSteps.has(source) && isAsked()) await this.notAtHand();
      if (takesSteps.has(source) && isAsked()) throw new Error(`No step has led to ${source}.`);
      const value = { handle: `handle-${attempt()}`, credentialSource: source, hasSessionToken };
      last(ports.openings, "stream").resolve({ ok: true, value });
      await settle();
    },
    /** The credentials need steps first: the stand-in is started. */
    async notAtHand() {
      last(ports.openings, "stream").resolve({ ok: false, failure: null });
      await settle();
    },
    async openFails(cause: FailureCause | Failure) {
      const failure = typeof cause === "string" ? failureOf(cause) : cause;
      last(ports.openings, "stream").resolve({ ok: false, failure });
      await settle();
    },
    async exchanged(source: CredentialSource = "saved") {
      last(ports.exchanges, "exchange").send({ type: "credentials.ready", source });
      await settle();
    },
    async exchangeFails(cause: FailureCause | Failure) {
      const failure = typeof cause === "string" ? failureOf(cause) : cause;
      last(ports.exchanges, "exchange").send({ type: "credentials.failed", failure });
      await settle();
    },
    credentials: () => last(ports.credentials, "credentials"),
    accepted(status: ApprovalStatus = "approved", hasSessionToken = false) {
      stream().send({ type: "stream.accepted", streamAttempt: attempt(), status, hasSessionToken });
    },
    rejected() {
      const failure = failureOf("register-refused");
      stream().send({ type: "stream.rejected", streamAttempt: attempt(), failure });
    },
    approval(status: ApprovalStatus) {
      stream().send({ type: "stream.approval", streamAttempt: attempt(), status });
    },
    issued(offerId: string | null = "offer-1", addressee: "own" | "none" | "other" = "own") {
      stream().send({ type: "stream.credentialsIssued", streamAttempt: attempt(), offerId, addressee });
    },
    answered(shouldReconnect = false) {
      stream().send(answered(attempt(), shouldReconnect));
    },
    /** A heartbeat is late, by default as after a beat at the interval. */
    late(sinceAnswerMs = policy.heartbeat.intervalMs + policy.heartbeat.suspectMs) {
      stream().send({ type: "stream.heartbeatLate", streamAttempt: attempt(), sinceAnswerMs });
    },
    peerDraining() {
      stream().send({ type: "stream.peerDraining", streamAttempt: attempt() });
    },
    ended(cause: FailureCause | Failure = "connection-lost") {
      const failure = typeof cause === "string" ? failureOf(cause) : cause;
      stream().send({ type: "stream.ended", streamAttempt: attempt(), failure });
    },
    work(event: WorkEvent) {
      last(ports.works, "work").send(event);
    },
    /** Up to `streaming.serving` or `streaming.pendingApproval`. */
    async serving(source: CredentialSource = "saved") {
      await this.opened(source);
      this.accepted("approved");
    },
    async pending(source: CredentialSource = "anonymous") {
      await this.opened(source);
      this.accepted("pending");
    },
  };
}

export type Rig = ReturnType<typeof createRig>;
