/**
 * The inside of a worker thread: a runtime of its own over the connectors of the module, led by messages, that
 * tells what becomes of its registrations.
 */
import { isDeepStrictEqual } from "node:util";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Connector } from "../connectors/connector.js";
import { type MetricSeries, noSeries } from "../connectors/metrics.js";
import { invalidConfig, textOf } from "../errors.js";
import { HandlerBoard } from "../execution/handler-board.js";
import { LoopWatch } from "../execution/loop-watch.js";
import { Quarantine } from "../execution/quarantine.js";
import { silentLogger } from "../logger.js";
import { RuntimeRecording } from "../recording/runtime-recording.js";
import type { JournalEntry } from "../runtime/journal.js";
import { LocalRunner } from "../runtime/local-runner.js";
import { resolveSettings } from "../runtime/options.js";
import type { RegistrationRecord } from "../runtime/record.js";
import { MooringRuntime, type Registration } from "../runtime/runtime.js";
import type { RegistrationStatus } from "../runtime/status.js";
import { MadeInvocations } from "./crossing-invocations.js";
import { startFigureTimer } from "./figure-timer.js";
import { forwardingLogger } from "./forwarding-logger.js";
import { leaveLastWords } from "./last-words.js";
import { loadModule } from "./load-module.js";
import { noSuchConnector } from "./no-such-connector.js";
import { portableError } from "./portable-error.js";
import { RecordingAnswers } from "./recording-answers.js";
import type { FromWorker, RegistrationReport, ToWorker, WorkerData } from "./worker-messages.js";

/** How often figures are sent, in ms: a status is at most this much older than its worker. */
const figuresIntervalMs = 1_000;

type Tell = (message: FromWorker) => void;

/** The module's connectors by type. Throws INVALID_CONFIG where a type does not say which one is meant. */
async function connectorsOf(module: string): Promise<ReadonlyMap<string, Connector>> {
  const byType = new Map<string, Connector>();
  for (const { connector } of await loadModule(module)) {
    const known = byType.get(connector.connectorType);
    if (known && known !== connector)
      throw invalidConfig(
        `The module exports two connectors of the type "${connector.connectorType}"; with workers each type must be exported once.`,
      );
    byType.set(connector.connectorType, connector);
  }
  return byType;
}

interface Sent {
  readonly status: RegistrationStatus;
  readonly series: readonly MetricSeries[];
  readonly last: JournalEntry | undefined;
}

/** Reports on registrations, with the new entries of each journal only. */
class RegistrationReporter {
  readonly #sent = new Map<string, Sent>();

  reportOf(record: RegistrationRecord): RegistrationReport {
    const { key, standing } = record;
    const status = record.status();
    const history = record.history();
    const sent = this.#sent.get(key);
    const journal = sent?.last ? history.slice(history.lastIndexOf(sent.last) + 1) : history;
    const series = record.series();
    this.#sent.set(key, { status, series, last: history.at(-1) });
    const isSame = isDeepStrictEqual(sent?.series ?? noSeries, series);
    return { key, standing, status, journal, ...(isSame ? {} : { series }) };
  }

  /** A report, when it says something new. */
  newReportOf(record: RegistrationRecord): RegistrationReport[] {
    const sent = this.#sent.get(record.key);
    const isOld =
      sent &&
      isDeepStrictEqual(sent.status, record.status()) &&
      isDeepStrictEqual(sent.series, record.series());
    return isOld && sent.last === record.history().at(-1) ? [] : [this.reportOf(record)];
  }

  forget(key: string): void {
    this.#sent.delete(key);
  }
}

class Worker {
  readonly #connectors: ReadonlyMap<string, Connector>;
  readonly #tell: Tell;
  readonly #runner: LocalRunner;
  readonly #runtime: MooringRuntime;
  readonly #quarantine = new Quarantine();
  readonly #reporter = new RegistrationReporter();
  readonly #registrations = new Map<string, Registration>();
  readonly #recording: RecordingAnswers | undefined;
  readonly #invocations: MadeInvocations;

  constructor(input: WorkerData, connectors: ReadonlyMap<string, Connector>, tell: Tell) {
    this.#connectors = connectors;
    this.#tell = tell;
    const logger = input.logs ? forwardingLogger(tell) : silentLogger;
    const board = new HandlerBoard(input.board);
    board.onNamed = (number, name) => tell({ type: "handler", number, name });
    const settings = resolveSettings({ ...input.options, logger });
    const recording =
      settings.recording.maxBytes > 0
        ? new RuntimeRecording(settings.recording, logger, () => tell({ type: "fault" }))
        : undefined;
    this.#recording = recording && new RecordingAnswers(recording, tell);
    this.#runner = new LocalRunner(settings, false, new LoopWatch(board), recording);
    this.#runner.transportChosen = (change) =>
      tell({ type: "transport", change, gateway: this.#runner.gateway });
    if (input.told) this.#runner.tellTransport(input.told);
    this.#runtime = new MooringRuntime(this.#runner);
    this.#invocations = new MadeInvocations((key) => this.#runtime.registration(key).invoke, tell);
    leaveLastWords(tell, () => [...this.#runner.registrations.values()], board.reader);
    this.#runner.changes.listen(({ key, from }) => {
      const record = this.#runner.registrations.get(key);
      if (record) tell({ type: "changed", from, report: this.#reporter.reportOf(record) });
    });
  }

  /** Resolves when everything has ended. */
  async live(): Promise<void> {
    const endFigures = startFigureTimer(figuresIntervalMs, () => this.#sendFigures());
    void this.#runtime.start();
    const closed = await this.#runtime.closed;
    endFigures();
    this.#sendFigures();
    await this.#recording?.end();
    this.#tell({ type: "ended", drain: await this.#runtime.drain(), closed });
  }

  obey(command: ToWorker): void {
    if (command.type === "drain") void this.#runtime.drain({ deadlineMs: command.deadlineMs });
    else if (command.type === "close") void this.#runtime.close();
    else if (command.type === "record") this.#recording?.answer(command.ask);
    else if (command.type === "fault") this.#recording?.fault();
    else if (command.type === "invoke" || command.type === "uninvoke") this.#invocations.take(command);
    else if (command.type === "transport") this.#runner.tellTransport(command.told);
    else if (command.type === "add") this.#add(command);
    else if (command.type === "remove") void this.#remove(command.key);
    else this.#registrations.get(command.key)?.[command.type]();
  }

  #add({ key, registration, refuse, suspects: ids }: Extract<ToWorker, { type: "add" }>): void {
    const connector = this.#connectors.get(registration.connector);
    try {
      if (!connector) throw noSuchConnector(registration.connector, this.#connectors.keys());
      this.#registrations.set(key, this.#runtime.add({ ...registration, connector }));
      const suspects = this.#runner.registrations.get(key)?.services.execution.suspects;
      suspects?.suspect(ids, this.#quarantine);
      for (const { requestId, why } of refuse) suspects?.refuse(requestId, why);
    } catch (error) {
      this.#tell({ type: "refused", key, message: textOf(error) });
    }
  }

  async #remove(key: string): Promise<void> {
    await this.#registrations.get(key)?.remove();
    this.#registrations.delete(key);
    this.#reporter.forget(key);
    this.#tell({ type: "removed", key });
  }

  #sendFigures(): void {
    const records = [...this.#runner.registrations.values()];
    this.#tell({
      type: "figures",
      reports: records.flatMap((record) => this.#reporter.newReportOf(record)),
      channels: this.#runner.channels(),
    });
  }
}

async function serve(port: MessagePort, input: WorkerData): Promise<void> {
  const tell: Tell = (message) => port.postMessage(message);
  let worker: Worker;
  try {
    const connectors = await connectorsOf(input.module);
    worker = new Worker(input, connectors, tell);
    tell({ type: "loaded", connectorTypes: [...connectors.keys()] });
  } catch (error) {
    const { message, cause } = error instanceof Error ? error : new Error(textOf(error));
    return tell({ type: "unusable", message, cause: portableError(cause) });
  }
  port.on("message", (command: ToWorker) => worker.obey(command));
  await worker.live();
  port.close();
}

if (parentPort) await serve(parentPort, workerData as WorkerData);
