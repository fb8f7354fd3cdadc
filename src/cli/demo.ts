/**
 * `npm start`: an embedded gateway and a runtime with several registrations in one process; real requests over
 * real gRPC, one approval with the credential exchange, and a gateway restart under load.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, startGateway } from "../gateway/index.js";
import { createRuntime, type InspectorServer, type Runtime } from "../index.js";
import { demoRegistrations, newcomer } from "./demo-connectors.js";
import { DemoLoad } from "./demo-load.js";
import { endProcess } from "./end-process.js";
import { place, write } from "./lines.js";
import { type LiveTable, liveTable } from "./live-table.js";
import { serveInspector } from "./serve-inspector.js";
import { Signals } from "./signals.js";

interface DemoOptions {
  readonly once?: boolean;
  readonly inspect?: boolean;
  readonly inspectPort: number;
}

/** What was seen; each false line makes `--once` fail. */
interface Finding {
  readonly what: string;
  readonly ok: boolean;
}

/** Time for each step; ample, so that a slow machine does not make it fail. */
const stepLimitMs = 30_000;

const restarts = 2;

/** Waits until every registration serves; says how long that took. */
async function untilAllServe(runtime: Runtime): Promise<{ ok: boolean; tookMs: number }> {
  const begun = performance.now();
  const changes = runtime.changes();
  const limit = AbortSignal.timeout(stepLimitMs);
  limit.addEventListener("abort", () => void changes.return?.(), { once: true });
  while (!runtime.status().ready && !limit.aborted) {
    const { done } = await changes.next();
    if (done) break;
  }
  await changes.return?.();
  return { ok: runtime.status().ready, tookMs: performance.now() - begun };
}

class Demo {
  readonly findings: Finding[] = [];
  readonly load: DemoLoad;
  readonly #gateway: Gateway;
  readonly #runtime: Runtime;
  readonly #table: LiveTable;

  constructor(gateway: Gateway, runtime: Runtime, table: LiveTable) {
    this.#gateway = gateway;
    this.#runtime = runtime;
    this.#table = table;
    this.load = new DemoLoad(gateway);
  }

  say(line: string): void {
    this.#table.say(line);
  }

  async go(): Promise<void> {
    await this.#register();
    await this.#approve();
    for (let i = 1; i <= restarts; i += 1) await this.#restart(i);
  }

  async finish(): Promise<void> {
    const { answered, failed } = await this.load.stop();
    this.#found(`requests answered: ${answered}, failed or lost: ${failed}`, answered > 0 && failed === 0);
    const stats = this.#gateway.stats();
    const onTheWire = `${stats.duplicateAnswers} answers came twice on the wire and were dropped, ${stats.unknownAnswers} were unknown`;
    this.#found(onTheWire, stats.unknownAnswers === 0);
    const drained = await this.#runtime.drain({ deadlineMs: stepLimitMs });
    this.#found(
      `drained: ${drained.cancelled} cancelled, ${drained.lost.length} lost`,
      drained.lost.length === 0 && !drained.forced,
    );
    const { faults } = await this.#runtime.closed;
    this.#found(`faults inside the runtime: ${faults.length}`, faults.length === 0);
  }

  async #register(): Promise<void> {
    const report = await this.#runtime.start({ timeoutMs: stepLimitMs });
    const waiting = report.pendingApproval.join(", ");
    this.#found(
      `${report.ready.length} registrations serve; waiting for approval: ${waiting}`,
      report.pendingApproval.includes(newcomer),
    );
    for (const one of report.failing) this.say(one.explanation);
    this.load.start();
    await this.load.until(50);
    this.say(`first ${this.load.answered} requests answered over gRPC`);
  }

  async #approve(): Promise<void> {
    this.say(`an administrator approves ${newcomer}`);
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
    this.say(`gateway restart ${round} of ${restarts}, with ${this.load.open} requests under way`);
    await this.#gateway.restart({ downMs: 150 });
    const { ok, tookMs } = await untilAllServe(this.#runtime);
    this.#found(`restart ${round}: every registration serves again after ${tookMs.toFixed(0)} ms`, ok);
    await this.load.until(this.load.answered + 200);
  }

  #found(what: string, ok: boolean): void {
    this.findings.push({ what, ok });
    this.say(`${ok ? "ok  " : "FAIL"}  ${what}`);
  }
}

/** Goes through the demonstration. Returns the code of a signal that cut it short. */
async function present(show: Demo, signals: Signals, once: boolean): Promise<number | undefined> {
  const shown = show.go().catch((error: unknown) => {
    // Steps that a signal has cut short fail, and say nothing about Mooring.
    if (!signals.received) throw error;
  });
  const code = await Promise.race([shown, signals.obeyed]);
  if (signals.received) return code ?? signals.obeyed;
  if (once) await show.finish();
  else {
    show.say("all shown; requests go on until you press Ctrl-C");
    await signals.obeyed;
  }
  return undefined;
}

function verdict(findings: readonly Finding[]): number {
  const failed = findings.filter(({ ok }) => !ok);
  process.stdout.write(
    failed.length === 0 ? "everything as it should be\n" : `${failed.length} findings failed\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

export async function demo(options: DemoOptions): Promise<void> {
  let table: LiveTable | undefined;
  const signals = new Signals((line) => (table ? table.say(line) : write(line)));
  // A demonstration that nobody watches any more is over.
  process.stdout.once("error", () => process.emit("SIGTERM"));
  const directory = await mkdtemp(join(tmpdir(), "mooring-demo-"));
  const gateway = await startGateway({
    approval: ({ instanceId }) => (newcomer.endsWith(`.${instanceId}`) ? "manual" : "automatic"),
  });
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory },
    backoff: { baseMs: 100, maxMs: 2_000, jitterMs: 200 },
    inspect: options.inspect ?? false,
    env: {},
  });
  let inspector: InspectorServer | undefined;
  let printing: Promise<void> | undefined;
  let findings: readonly Finding[] = [];
  let cutShort: number | undefined;
  try {
    for (const registration of demoRegistrations()) runtime.add(registration);
    if (options.inspect) inspector = await serveInspector(runtime, options.inspectPort);
    table = liveTable(runtime);
    const show = new Demo(gateway, runtime, table);
    show.say(`gateway ${gateway.url}`);
    if (inspector) show.say(`inspector ${inspector.url}`);
    if (!process.stdout.isTTY) printing = printStates(runtime, show);
    signals.endBy(
      { doing: "finishing", run: () => show.finish() },
      { doing: "closing", run: () => runtime.close() },
    );
    cutShort = await present(show, signals, options.once ?? false);
    findings = show.findings;
  } finally {
    await runtime.close();
    table?.stop();
    await printing;
    await inspector?.close();
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  }
  process.exitCode = cutShort ?? verdict(findings);
  endProcess();
}

async function printStates(runtime: Runtime, show: Demo): Promise<void> {
  for await (const change of runtime.changes()) {
    show.say(`      ${change.key}  ${place(change.status)}${change.cause ? `  ${change.cause}` : ""}`);
  }
}
