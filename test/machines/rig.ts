/**
 * A registration machine on a clock of the test, with fake ports that record what they are told. Nothing
 * happens by itself: the test opens, answers, ends and lets time pass.
 */
import { createActor, fromCallback, fromPromise, type InspectionEvent } from "xstate";
import { type Failure, type FailureCause, failureOf } from "../../machines/failure.js";
import { defaultPolicy, type RegistrationPolicy } from "../../machines/policy.js";
import type {
  ApprovalStatus,
  CredentialSource,
  Exchanged,
  ExchangeInput,
  OpenedStream,
  OpenStreamInput,
  Outcome,
  StreamCommand,
  StreamEvent,
  StreamInput,
  WorkCommand,
  WorkEvent,
  WorkInput,
} from "../../machines/ports.js";
import type { RegistrationEmitted, RegistrationOutput } from "../../machines/registration/types.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { type RegistrationView, registrationView } from "../../machines/registration-view.js";
import { StepClock } from "./clock.js";

interface Pending<I, O> {
  readonly input: I;
  readonly signal: AbortSignal;
  resolve(outcome: O): void;
  reject(error: unknown): void;
}

interface FakeStream {
  readonly input: StreamInput;
  readonly commands: string[];
  live: boolean;
  send(event: StreamEvent): void;
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

/** A fake of a promise port whose every call waits for the test. */
function deferred<I, O>(calls: Pending<I, O>[]) {
  return fromPromise<O, I>(
    ({ input, signal }) =>
      new Promise<O>((resolve, reject) => calls.push({ input, signal, resolve, reject })),
  );
}

/** The ports of one rig, and what they saw. */
export class FakePorts {
  readonly openings: Pending<OpenStreamInput, Outcome<OpenedStream>>[] = [];
  readonly exchanges: Pending<ExchangeInput, Outcome<Exchanged>>[] = [];
  readonly streams: FakeStream[] = [];
  readonly works: FakeWork[] = [];
  /** The most streams that were ever live at once. */
  mostStreams = 0;
  /** What a work port says as soon as it starts. */
  workSays: WorkEvent | null = null;
  /** Whether a heartbeat is answered at once. */
  answers = false;

  get actors() {
    return {
      openStream: deferred(this.openings),
      exchange: deferred(this.exchanges),
      stream: fromCallback<StreamCommand, StreamInput>(({ input, sendBack, receive }) => {
        const stream: FakeStream = { input, commands: [], live: true, send: sendBack };
        this.streams.push(stream);
        this.mostStreams = Math.max(this.mostStreams, this.streams.filter(({ live }) => live).length);
        receive((command) => {
          stream.commands.push(command.type);
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
  readonly inspect?: (event: InspectionEvent) => void;
}

export const placeOf = ({ state, child }: RegistrationView): string => (child ? `${state}.${child}` : state);

export function createRig(options: RigOptions = {}) {
  const ports = new FakePorts();
  const clock = new StepClock();
  const policy = { ...defaultPolicy, ...options.policy };
  const actor = createActor(registrationMachine.provide({ actors: ports.actors }), {
    input: { key: "acme.echo.one", policy, random: options.random ?? (() => 0) },
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
    async opened(source: CredentialSource = "saved", hasSessionToken = false) {
      const value = { handle: `handle-${attempt()}`, credentialSource: source, hasSessionToken };
      last(ports.openings, "stream").resolve({ ok: true, value });
      await settle();
    },
    async openFails(cause: FailureCause | Failure) {
      const failure = typeof cause === "string" ? failureOf(cause) : cause;
      last(ports.openings, "stream").resolve({ ok: false, failure });
      await settle();
    },
    async exchanged(source: CredentialSource = "saved") {
      last(ports.exchanges, "exchange").resolve({ ok: true, value: { credentialSource: source } });
      await settle();
    },
    async exchangeFails(cause: FailureCause) {
      last(ports.exchanges, "exchange").resolve({ ok: false, failure: failureOf(cause) });
      await settle();
    },
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
    goaway() {
      stream().send({ type: "stream.goaway", streamAttempt: attempt() });
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
