/** `mooring run FILE`: hosts the connectors that a module exports, until a signal. */
import {
  type ControlServer,
  createRuntime,
  type DrainReport,
  type Logger,
  type Runtime,
  serveControl,
} from "../index.js";
import { type ControlChoice, controlNote, mayPageControl } from "./control-option.js";
import { endProcess } from "./end-process.js";
import { commandLogger } from "./log-lines.js";
import { recordOnSignal } from "./record-on-signal.js";
import { loadRegistrations } from "./registrations.js";
import { checkMcpRun, mcpRegistration } from "./run-mcp.js";
import { RunStory } from "./run-story.js";
import { serveInspector } from "./serve-inspector.js";
import { Signals } from "./signals.js";
import { Uncaught } from "./uncaught.js";
import { wrongForm } from "./wrong-form.js";

interface RunOptions {
  readonly url?: string;
  readonly tenant?: string;
  readonly instance?: string;
  readonly mcp?: string;
  readonly type?: string;
  readonly startTimeout: number;
  readonly drainDeadline: number;
  readonly inspect?: boolean;
  readonly inspectPort: number;
  readonly control?: ControlChoice;
  readonly recording?: string;
  readonly workers?: number;
  readonly health?: number;
  readonly healthHost?: string;
  readonly json?: boolean;
}

/** By when people are told what it waits for, in ms. */
const patience = 1_500;

/** How long what runs may take to end after what nobody caught, in ms. */
const mostAfterFault = 5_000;

/** The longest interval that Node takes, in ms. */
const longest = 2 ** 31 - 1;

/** What is served beside the runtime. */
type Servers = Pick<ControlServer, "close">[];

/** Loaded by those alone who want it. */
async function probe(
  runtime: Runtime,
  port: number,
  host: string | undefined,
  servers: Servers,
  story: RunStory,
): Promise<void> {
  const { serveHealth } = await import("../health/index.js");
  const health = await serveHealth(runtime, { port, ...(host === undefined ? {} : { host }) });
  servers.push(health);
  story.say(`health: ${health.url} (/livez, /readyz, /metrics)`);
}

async function serve(
  runtime: Runtime,
  options: RunOptions,
  servers: Servers,
  story: RunStory,
  isControlled: boolean,
): Promise<void> {
  servers.push(await serveControl(runtime, options.control?.path));
  servers.push(recordOnSignal(runtime, story, options.recording));
  if (options.health !== undefined) await probe(runtime, options.health, options.healthHost, servers, story);
  if (!options.inspect) return;
  const inspector = await serveInspector(runtime, options.inspectPort, isControlled);
  servers.push(inspector);
  story.say(`inspector: ${inspector.url}${isControlled ? controlNote : ""}`);
}

/** Starts; says what it waits for when that takes long. */
async function start(runtime: Runtime, timeoutMs: number, story: RunStory): Promise<void> {
  const timer = setTimeout(() => story.waiting(runtime), patience);
  const report = await runtime.start({ timeoutMs }).finally(() => clearTimeout(timer));
  // Of what was ended meanwhile the drain's report tells.
  if (runtime.status().phase === "running") story.started(report);
}

/** Returns the exit code when everything has ended. */
async function host(
  runtime: Runtime,
  options: RunOptions,
  signals: Signals,
  story: RunStory,
  module: string,
): Promise<number> {
  const telling = story.tellChanges(runtime);
  let drained: DrainReport | undefined;
  const drain = async (deadlineMs: number) => {
    drained = await runtime.drain({ deadlineMs });
  };
  const draining = () => drain(options.drainDeadline);
  const fault = new Uncaught(module, () => drain(Math.min(options.drainDeadline, mostAfterFault)));
  signals.endBy({ doing: "draining", run: draining }, { doing: "closing", run: () => runtime.close() });
  await Promise.race([start(runtime, options.startTimeout, story), fault.ended]);

  const code = await Promise.race([
    signals.obeyed,
    fault.ended,
    runtime.closed.then(() => (fault.isEnding ? fault.ended : signals.received ? signals.obeyed : 0)),
  ]);
  await runtime.close();
  await telling;
  if (drained) story.drained(drained);
  return code;
}

function refuseHealthNowhere({ health, healthHost }: RunOptions): void {
  if (healthHost === undefined || health !== undefined) return;
  throw wrongForm("--health-host says where --health listens: give --health PORT, too.");
}

/** The page shows charts of the main thread; the commands tell of those in worker threads, too. */
function refuseInspectedWorkers({ inspect, workers }: RunOptions): void {
  if (!inspect || !workers) return;
  throw wrongForm(
    "--inspect shows the main thread only: leave out --workers, or ask mooring top, explain, tail and record.",
  );
}

/** What the file exports, and the server of --mcp, started. */
async function hosted(file: string | undefined, options: RunOptions, logger: Logger) {
  const loaded =
    file === undefined
      ? { module: import.meta.url, registrations: [] }
      : await loadRegistrations(file, {
          ...(options.tenant === undefined ? {} : { tenantId: options.tenant }),
          ...(options.instance === undefined ? {} : { instanceId: options.instance }),
        });
  if (options.mcp === undefined) return { ...loaded, close: async () => {} };
  const mcp = await mcpRegistration(options.mcp, options, logger);
  return {
    module: loaded.module,
    registrations: [...loaded.registrations, mcp],
    close: () => mcp.connector.close(),
  };
}

export async function run(file: string | undefined, options: RunOptions): Promise<void> {
  checkMcpRun(file, options);
  refuseInspectedWorkers(options);
  refuseHealthNowhere(options);
  const isControlled = mayPageControl(options.control, options.inspect);
  const { path } = options.control ?? {};
  const story = new RunStory(process.stdout, {
    ...(options.json ? { json: true } : {}),
    ...(path === undefined ? {} : { control: path }),
  });
  const signals = new Signals((line) => story.say(line));
  const logger = await commandLogger(process.stderr, options.json ?? false);
  const { module, registrations, close } = await hosted(file, options, logger);
  const runtime = createRuntime({
    ...(options.url === undefined ? {} : { url: options.url }),
    inspect: options.inspect ?? false,
    ...(options.workers ? { workers: options.workers, module } : {}),
    ...(options.recording === undefined ? {} : { recording: { file: options.recording } }),
    logger,
  });
  for (const registration of registrations) {
    const { connector } = registration;
    runtime.add({ ...registration, connector: options.workers ? connector.connectorType : connector });
  }
  const servers: Servers = [];
  // While every registration is parked or paused nothing else keeps the process, and there is nobody left to ask why.
  const staying = setInterval(() => {}, longest);
  try {
    await serve(runtime, options, servers, story, isControlled);
    process.exitCode = await host(runtime, options, signals, story, module);
  } finally {
    clearInterval(staying);
    await runtime.close();
    await close();
    await Promise.all(servers.map((server) => server.close()));
  }
  endProcess();
}
