/** What goes on happening in a demonstration that is left running, each announced before it happens. */
import type { Gateway } from "../gateway/index.js";
import type { Runtime } from "../index.js";
import { guest } from "./demo-connectors.js";

/** Time for each step; ample, so that a slow machine does not make it fail. */
export const stepLimitMs = 30_000;

/** In ms. */
interface Pace {
  /** From an announcement to what it announces. */
  readonly ahead: number;
  /** Between two episodes. */
  readonly rest: number;
  /** How long the gateway is away. */
  readonly outage: number;
}

const unhurried: Pace = { ahead: 3_000, rest: 5_000, outage: 5_000 };

interface Scene {
  say(line: string): void;
  found(what: string, ok: boolean): void;
  /** No new episode, and nothing more to wait for. */
  readonly over: AbortSignal;
}

/** Waits for a state of the runtime, looked at after each change; says how long that took. */
async function until(
  runtime: Runtime,
  condition: () => boolean,
  over?: AbortSignal,
): Promise<{ ok: boolean; tookMs: number }> {
  const begun = performance.now();
  const changes = runtime.changes();
  const limits = [AbortSignal.timeout(stepLimitMs), ...(over ? [over] : [])];
  const limit = AbortSignal.any(limits);
  limit.addEventListener("abort", () => void changes.return?.(), { once: true });
  while (!condition() && !limit.aborted) {
    const { done } = await changes.next();
    if (done) break;
  }
  await changes.return?.();
  return { ok: condition(), tookMs: performance.now() - begun };
}

/** Waits until every registration serves; says how long that took. */
export const untilAllServe = (runtime: Runtime) => until(runtime, () => runtime.status().ready);

const seconds = (ms: number): string =>
  ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`;

export class DemoEpisodes {
  readonly #gateway: Gateway;
  readonly #runtime: Runtime;
  readonly #scene: Scene;
  readonly #pace: Pace;
  #guests = 0;

  constructor(gateway: Gateway, runtime: Runtime, scene: Scene, pace: Pace = unhurried) {
    this.#gateway = gateway;
    this.#runtime = runtime;
    this.#scene = scene;
    this.#pace = pace;
  }

  async repeat(): Promise<void> {
    while (!this.#isOver) await this.round();
  }

  /** Each of them once. Ends early, with everything in order, when the demonstration is over. */
  async round(): Promise<void> {
    for (const episode of [this.#outage, this.#silence, this.#approval]) {
      await this.#wait(this.#pace.rest);
      if (this.#isOver) return;
      await episode.call(this);
    }
  }

  get #isOver(): boolean {
    return this.#scene.over.aborted;
  }

  async #wait(ms: number): Promise<void> {
    const { over } = this.#scene;
    if (over.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        over.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      over.addEventListener("abort", done, { once: true });
    });
  }

  /** Says what will happen, and lets people look for it. False when it will not happen any more. */
  async #announce(what: string): Promise<boolean> {
    this.#scene.say(`in ${Math.round(this.#pace.ahead / 1_000)} s: ${what}`);
    await this.#wait(this.#pace.ahead);
    return !this.#isOver;
  }

  async #outage(): Promise<void> {
    const away = seconds(this.#pace.outage);
    const what = `the gateway goes away for ${away}; every registration tries again, its requests wait`;
    if (!(await this.#announce(what))) return;
    await this.#gateway.restart({ downMs: this.#pace.outage });
    const { ok, tookMs } = await untilAllServe(this.#runtime);
    this.#scene.found(
      `outage: every registration serves again ${seconds(tookMs)} after the gateway is back`,
      ok,
    );
  }

  async #silence(): Promise<void> {
    const what =
      "the gateway goes deaf: its connections stay open and it answers nothing; only missing heartbeats tell";
    if (!(await this.#announce(what))) return;
    const streams = new Map(this.#runtime.status().registrations.map((one) => [one.key, one.since]));
    this.#gateway.fault({ deaf: true });
    const left = () =>
      this.#runtime.status().registrations.every((one) => !one.ready || streams.get(one.key) !== one.since);
    const { ok: isNoticed, tookMs } = await until(this.#runtime, left, this.#scene.over);
    this.#gateway.fault({ deaf: false });
    // What it did not hear it must get again, on streams that begin with a register request.
    this.#gateway.disturb("reset");
    const { ok } = await untilAllServe(this.#runtime);
    if (this.#isOver) return;
    this.#scene.found(
      `deaf: noticed by every registration after ${seconds(tookMs)}, and each serves again on a fresh stream`,
      isNoticed && ok,
    );
  }

  async #approval(): Promise<void> {
    this.#guests += 1;
    const { key, ...options } = guest(this.#guests);
    if (!(await this.#announce(`a registration nobody knows yet asks to be let in: ${key}`))) return;
    const registration = this.#runtime.add(options);
    const isPending = () =>
      this.#runtime
        .status()
        .registrations.some((one) => one.key === key && one.tags.includes("waitsForPerson"));
    await until(this.#runtime, isPending, this.#scene.over);
    if (await this.#announce(`an administrator approves ${key}`)) {
      this.#gateway.approve(key);
      const { ok, tookMs } = await untilAllServe(this.#runtime);
      const answer = ok ? await this.#gateway.execute(key, { payload: "hello" }) : undefined;
      this.#scene.found(
        `approval: ${key} has credentials of its own and serves after ${seconds(tookMs)}`,
        answer?.success === true,
      );
      await this.#announce(`${key} leaves again`);
    }
    await registration.remove();
    if (this.#gateway.registrations().some((one) => one.key === key)) this.#gateway.deregister(key);
  }
}
