/** The credentials machine on a clock of the test, with ports whose every call waits for the test. */
import { createActor, fromPromise, type InspectionEvent, setup } from "xstate";
import { credentialsMachine } from "../../machines/credentials.js";
import { type Failure, type FailureCause, failureOf } from "../../machines/failure.js";
import { defaultPolicy, type RegistrationPolicy } from "../../machines/policy.js";
import type {
  CredentialSource,
  CredentialsEvent,
  FindInput,
  FoundCredentials,
  MintedToken,
  MintInput,
  RegisterKeyInput,
  StepOutcome,
} from "../../machines/ports.js";
import { StepClock } from "./clock.js";
import { settle } from "./rig.js";

interface Call<I, T> {
  readonly input: I;
  readonly signal: AbortSignal;
  resolve(outcome: StepOutcome<T>): void;
  reject(error: unknown): void;
}

function deferred<I, T>(calls: Call<I, T>[]) {
  return fromPromise<StepOutcome<T>, I>(
    ({ input, signal }) => new Promise((resolve, reject) => calls.push({ input, signal, resolve, reject })),
  );
}

export interface CredentialsRigOptions {
  readonly policy?: Partial<RegistrationPolicy>;
  readonly random?: () => number;
  readonly offerId?: string | null;
  readonly renew?: boolean;
  readonly inspect?: (event: InspectionEvent) => void;
}

/** `minting.waiting`, `valid`, … */
export function placeIn(value: string | Record<string, unknown>): string {
  return typeof value === "string"
    ? value
    : Object.entries(value)
        .map(([name, below]) => `${name}.${String(below)}`)
        .join();
}

function last<T>(calls: readonly T[], what: string): T {
  const call = calls.at(-1);
  if (call === undefined) throw new Error(`Nobody has asked to ${what}.`);
  return call;
}

export function createCredentialsRig(options: CredentialsRigOptions = {}) {
  const finds: Call<FindInput, FoundCredentials>[] = [];
  const registers: Call<RegisterKeyInput, null>[] = [];
  const mints: Call<MintInput, MintedToken>[] = [];
  const told: CredentialsEvent[] = [];
  const clock = new StepClock();
  const machine = credentialsMachine.provide({
    actors: {
      findCredentials: deferred(finds),
      registerKey: deferred(registers),
      mintToken: deferred(mints),
    },
  });
  const { random = () => 0, offerId = null, renew = false } = options;
  const input = { key: "k", policy: { ...defaultPolicy, ...options.policy }, random, offerId, renew };
  const parent = setup({ actors: { machine } }).createMachine({
    invoke: { src: "machine", id: "credentials", input },
    // The machine's events, and no others.
    on: { "credentials.*": { actions: ({ event }) => void told.push(event as CredentialsEvent) } },
  });
  const actor = createActor(parent, { clock, ...(options.inspect ? { inspect: options.inspect } : {}) });
  const errors: unknown[] = [];
  actor.subscribe({ error: (error) => errors.push(error) });
  actor.start();
  const child = actor.getSnapshot().children.credentials;
  if (!child) throw new Error("There is no credentials actor.");
  const failure = (cause: FailureCause | Failure) => (typeof cause === "string" ? failureOf(cause) : cause);
  const fail = (cause: FailureCause | Failure, again: boolean) =>
    ({ ok: false, failure: failure(cause), again }) as const;
  return {
    actor,
    clock,
    finds,
    registers,
    mints,
    told,
    errors,
    /** What was told, in short: `ready saved`, `failed credentials-refused`. */
    get news() {
      return told.map((event) =>
        event.type === "credentials.ready"
          ? `ready ${event.source}`
          : `${event.type.slice("credentials.".length)} ${event.failure.cause}`,
      );
    },
    get snapshot() {
      return child.getSnapshot();
    },
    get place() {
      return placeIn(child.getSnapshot().value);
    },
    get context() {
      return child.getSnapshot().context;
    },
    async found(source: CredentialSource, next: FoundCredentials["next"]) {
      last(finds, "look").resolve({ ok: true, value: { source, next } });
      await settle();
    },
    async findFails(cause: FailureCause | Failure) {
      last(finds, "look").resolve(fail(cause, false));
      await settle();
    },
    async registered() {
      last(registers, "register").resolve({ ok: true, value: null });
      await settle();
    },
    async registerFails(cause: FailureCause | Failure, again: boolean) {
      last(registers, "register").resolve(fail(cause, again));
      await settle();
    },
    async minted(renewInMs = 210_000, freshForMs = 270_000) {
      last(mints, "mint").resolve({ ok: true, value: { renewInMs, freshForMs } });
      await settle();
    },
    async mintFails(cause: FailureCause | Failure, again: boolean) {
      last(mints, "mint").resolve(fail(cause, again));
      await settle();
    },
    /** Up to `valid`. */
    async valid() {
      await this.found("saved", "mint");
      await this.minted();
    },
  };
}

export type CredentialsRig = ReturnType<typeof createCredentialsRig>;
