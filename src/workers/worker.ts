/** One worker of the pool: a slot for a thread, led by its chart (`machines/worker.ts`). */
import { createActor, fromCallback } from "xstate";
import type { ThreadCommand, ThreadEvent } from "../../machines/ports.js";
import { isSilent, type WorkerActor, workerMachine } from "../../machines/worker.js";
import { textOf } from "../errors.js";
import type { Death } from "./death.js";
import type { RemoteRegistration } from "./remote-registration.js";
import type { Silence } from "./watchdog.js";
import type { WorkerEnd, WorkerInput } from "./worker-messages.js";
import { type Outcome, type WorkerMessage, WorkerThread } from "./worker-thread.js";

export interface WorkerOwner {
  /** What its next thread is started with. */
  input(): WorkerInput;
  /** Looks in a row at which a thread may have said nothing. */
  readonly mostQuietLooks: number;
  /** Monotonic, in ms. */
  readonly now: () => number;
  registration(key: string): RemoteRegistration | undefined;
  started(): void;
  message(worker: Worker, message: WorkerMessage): void;
  ended(worker: Worker, end: WorkerEnd): void;
  /** No thread can host what it hosted. */
  unusable(worker: Worker, message: string, cause: unknown): void;
  /** `givenUp`: the keys of those that are not to be started again. */
  failed(worker: Worker, death: Death, isEnding: boolean, givenUp: readonly string[] | "all"): void;
  fault(error: Error): void;
}

/** A command as the worker's runtime has it. */
const runtimeCommands = {
  "registration.pause": "pause",
  "registration.resume": "resume",
  "registration.restart": "restart",
  "registration.retryNow": "retryNow",
  "registration.remove": "remove",
} as const;

function threadEvent(outcome: Outcome): ThreadEvent {
  if (outcome.how !== "died") return { type: `thread.${outcome.how}` };
  return { type: "thread.died", suspects: outcome.death.suspects.map(({ registration }) => registration) };
}

export class Worker {
  /** From 1. */
  readonly number: number;
  readonly registrations = new Set<RemoteRegistration>();
  readonly #owner: WorkerOwner;
  readonly #actor: WorkerActor;
  #thread: WorkerThread | null = null;
  /** How its last thread ended. */
  #outcome: Outcome | undefined;

  constructor(number: number, owner: WorkerOwner) {
    this.number = number;
    this.#owner = owner;
    const thread = this.#port();
    this.#actor = createActor(workerMachine.provide({ actors: { thread } }), {
      input: { worker: number, now: owner.now },
    });
    this.#hearChart();
    this.#actor.start();
  }

  /** Null before its start, and for a moment between one that is gone and the next. */
  get thread(): WorkerThread | null {
    return this.#thread;
  }

  /** Its thread is there, and its event loop does not turn. */
  get isSilent(): boolean {
    return isSilent(this.#actor.getSnapshot());
  }

  send(command: ThreadCommand): void {
    this.#actor.send(command);
  }

  loaded(): void {
    this.#thread?.watchdog.loaded();
    this.#actor.send({ type: "thread.loaded" });
  }

  /** Looks whether its thread answers. Returns true when that falls silent by this look. */
  look(): boolean {
    const hasFallenSilent = this.#thread?.watchdog.look() ?? false;
    if (hasFallenSilent) this.#actor.send({ type: "thread.silent" });
    return hasFallenSilent;
  }

  /** Its thread's loop has turned. Returns the silence that ends, if there was one. */
  turned(): Silence | undefined {
    const silence = this.#thread?.watchdog.heard();
    if (silence) this.#actor.send({ type: "thread.answers" });
    return silence;
  }

  /** Resolves when its thread is gone. */
  async end(): Promise<void> {
    this.#actor.send({ type: "stop" });
    await this.#thread?.end();
    this.#actor.stop();
  }

  #hearChart(): void {
    const owner = this.#owner;
    this.#actor.on("thread.ended", () => {
      if (this.#outcome?.how === "ended") owner.ended(this, this.#outcome.end);
    });
    this.#actor.on("thread.unusable", ({ error }) => {
      if (error !== undefined) owner.unusable(this, textOf(error), error);
      else if (this.#outcome?.how === "unusable")
        owner.unusable(this, this.#outcome.message, this.#outcome.cause);
    });
    this.#actor.on("thread.failed", ({ isEnding, givenUp }) => {
      if (this.#outcome?.how === "died") owner.failed(this, this.#outcome.death, isEnding, givenUp);
    });
    this.#actor.subscribe({
      error: (error) => owner.fault(error instanceof Error ? error : new Error(textOf(error))),
    });
  }

  /** The `thread` port of the chart. */
  #port() {
    return fromCallback<ThreadCommand, { readonly worker: number }>(({ sendBack, receive }) => {
      const thread = this.#start(sendBack);
      this.#thread = thread;
      receive((command) => {
        try {
          this.#post(thread, command);
        } catch (error) {
          // The chart takes it for gone.
          thread.cutOff();
          throw error;
        }
      });
    });
  }

  #start(sendBack: (event: ThreadEvent) => void): WorkerThread {
    const { mostQuietLooks } = this.#owner;
    this.#owner.started();
    const thread = new WorkerThread(this.number, this.#owner.input(), mostQuietLooks, {
      message: (message) => {
        if (this.#thread === thread) this.#owner.message(this, message);
      },
      over: (outcome) => {
        if (this.#thread !== thread) return;
        this.#thread = null;
        this.#outcome = outcome;
        sendBack(threadEvent(outcome));
      },
    });
    return thread;
  }

  #post(thread: WorkerThread, command: ThreadCommand): void {
    if (command.type === "drain") return thread.post(command);
    if (command.type === "stop") return thread.post({ type: "close" });
    const { type, key } = command;
    if (type !== "registration.add") return thread.post({ type: runtimeCommands[type], key });
    const hosted = this.#owner.registration(key);
    if (!hosted) return;
    const { registration, requests } = hosted;
    const [refuse, suspects] = [requests.refused(), requests.suspected()];
    thread.post({ type: "add", key, registration, refuse, suspects });
  }
}
