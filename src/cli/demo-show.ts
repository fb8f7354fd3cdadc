/** The steps of the demonstration, each with what must come of it. */
import type { Gateway } from "../gateway/index.js";
import type { Runtime } from "../index.js";
import { newcomer } from "./demo-connectors.js";
import { DemoEpisodes, stepLimitMs, untilAllServe } from "./demo-episodes.js";
import { DemoLoad } from "./demo-load.js";

const restarts = 2;

export class DemoShow {
  readonly load: DemoLoad;
  readonly #gateway: Gateway;
  readonly #runtime: Runtime;
  readonly #say: (line: string) => void;
  readonly #over = new AbortController();
  #episodes: Promise<void> = Promise.resolve();
  /** What was not as it should be. */
  failed = 0;

  constructor(gateway: Gateway, runtime: Runtime, say: (line: string) => void) {
    this.#gateway = gateway;
    this.#runtime = runtime;
    this.#say = say;
    this.load = new DemoLoad(gateway);
  }

  async go(): Promise<void> {
    await this.#register();
    await this.#approve();
    for (let i = 1; i <= restarts; i += 1) await this.#restart(i);
  }

  /** Something to watch, again and again, until `finish`. */
  async goOn(): Promise<void> {
    this.load.calmDown();
    this.#say(
      "all shown; from now on something happens again and again, each time announced; Ctrl-C ends it",
    );
    const episodes = new DemoEpisodes(this.#gateway, this.#runtime, {
      say: this.#say,
      found: (what, ok) => this.#found(what, ok),
      over: this.#over.signal,
    });
    this.#episodes = episodes.repeat().catch((error: unknown) => {
      // The runtime may close in the middle of one.
      if (!this.#over.signal.aborted) throw error;
    });
    await this.#episodes;
  }

  async finish(): Promise<void> {
    this.#over.abort();
    await this.#episodes;
    const { answered, failed } = await this.load.stop();
    this.#found(`requests answered: ${answered}, failed or lost: ${failed}`, answered > 0 && failed === 0);
    this.#foundAnswers();
    const drained = await this.#runtime.drain({ deadlineMs: stepLimitMs });
    this.#found(
      `drained: every result confirmed by the gateway; ${drained.cancelled} requests cancelled, ${drained.lost.length} lost`,
      drained.lost.length === 0 && !drained.forced,
    );
    const { faults } = await this.#runtime.closed;
    this.#found(`faults inside the runtime: ${faults.length}`, faults.length === 0);
  }

  #foundAnswers(): void {
    const { duplicateAnswers, unknownAnswers } = this.#gateway.stats();
    this.#found(
      duplicateAnswers === 0
        ? "no answer arrived twice"
        : `${duplicateAnswers} answers were sent twice: a heartbeat confirms what came before it, and after each restart a registration sends every answer again that no heartbeat has confirmed, so that none is lost. The gateway kept the first of each, and each caller got one`,
      true,
    );
    this.#found(`answers that nobody had asked for: ${unknownAnswers}`, unknownAnswers === 0);
  }

  async #register(): Promise<void> {
    const report = await this.#runtime.start({ timeoutMs: stepLimitMs });
    const waiting = report.pendingApproval.join(", ");
    this.#found(
      `${report.ready.length} registrations serve; waiting for approval: ${waiting}`,
      report.pendingApproval.includes(newcomer),
    );
    for (const one of report.failing) this.#say(one.explanation);
    this.load.start();
    await this.load.until(50);
    this.#say(`first ${this.load.answered} requests answered over gRPC`);
  }

  async #approve(): Promise<void> {
    this.#say(`an administrator approves ${newcomer}`);
    this.#gateway.approve(newcomer);
    const { ok, tookMs } = await untilAllServe(this.#runtime);
    const status = this.#runtime.status().registrations.find((one) => one.key === newcomer);
    const source = status?.credentialSource ?? "none";
    this.#found(
      `approved, credentials exchanged (${source}), registered again on its stream in ${tookMs.toFixed(0)} ms`,
      ok && source === "saved",
    );
    this.load.include(newcomer);
    await this.load.until(this.load.answered + 50);
  }

  async #restart(round: number): Promise<void> {
    const { registrations } = this.#runtime.status();
    const unconfirmed = registrations.reduce((sum, { work }) => sum + work.unconfirmed, 0);
    this.#say(
      `gateway restart ${round} of ${restarts}, with ${this.load.open} requests under way and ${unconfirmed} answers that it has not confirmed yet`,
    );
    await this.#gateway.restart({ downMs: 150 });
    const { ok, tookMs } = await untilAllServe(this.#runtime);
    this.#found(`restart ${round}: every registration serves again after ${tookMs.toFixed(0)} ms`, ok);
    await this.load.until(this.load.answered + 200);
  }

  #found(what: string, ok: boolean): void {
    if (!ok) this.failed += 1;
    this.#say(`${ok ? "ok  " : "FAIL"}  ${what}`);
  }
}
