/** `mooring run FILE`: hosts the connectors that a module exports, until a signal. */
import { resolve } from "node:path";
import { createRuntime, type Logger, type Runtime, type WorkerCount } from "../index.js";
import { type ControlChoice, controlNote, mayPageControl } from "./control-option.js";
import { endProcess } from "./end-process.js";
import { type HostOptions, hostRuntime, type Servers } from "./host.js";
import { commandLogger } from "./log-lines.js";
import { recordOnSignal } from "./record-on-signal.js";
import { loadRegistrations } from "./registrations.js";
import { checkMcpRun, mcpRegistration } from "./run-mcp.js";
import { RunStory } from "./run-story.js";
import { serveInspector } from "./serve-inspector.js";
import { Signals } from "./signals.js";
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
  readonly workers?: WorkerCount;
  readonly health?: number;
  readonly healthHost?: string;
  readonly json?: boolean;
  readonly watch?: boolean;
}

/** What is there for `mooring run` alone. */
async function serveBeside(
  runtime: Runtime,
  options: RunOptions,
  servers: Servers,
  story: RunStory,
  isControlled: boolean,
): Promise<void> {
  servers.push(recordOnSignal(runtime, story, options.recording));
  if (!options.inspect) return;
  const inspector = await serveInspector(runtime, options.inspectPort, isControlled);
  servers.push(inspector);
  story.say(`inspector: ${inspector.url}${isControlled ? controlNote : ""}`);
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

function refuseWatch(file: string | undefined, { watch, workers }: RunOptions): void {
  if (!watch) return;
  if (file === undefined) throw wrongForm("--watch loads a module anew when it changes: name one.");
  if (workers) throw wrongForm("--watch goes without --workers: it replaces code in the main thread.");
}

const namesOf = ({ tenant, instance }: RunOptions) => ({
  ...(tenant === undefined ? {} : { tenantId: tenant }),
  ...(instance === undefined ? {} : { instanceId: instance }),
});

/** What the file exports. */
const exported = async (file: string | undefined, options: RunOptions) =>
  file === undefined
    ? { module: import.meta.url, registrations: [] }
    : await loadRegistrations(file, namesOf(options));

/** Watches from now on; undefined when nobody wants it. */
async function reloadsOf(file: string | undefined, options: RunOptions, story: RunStory) {
  if (!options.watch || file === undefined) return undefined;
  const { Reloads } = await import("./watch/reloads.js");
  const reloads = new Reloads({
    path: resolve(file),
    load: async () => (await exported(file, options)).registrations,
    story,
    drainDeadline: options.drainDeadline,
  });
  await reloads.begin();
  return reloads;
}

/** The server of --mcp, started. */
async function bridged({ mcp, ...options }: RunOptions, logger: Logger) {
  if (mcp === undefined) return { registrations: [], close: async () => {} };
  const registration = await mcpRegistration(mcp, options, logger);
  return { registrations: [registration], close: () => registration.connector.close() };
}

function createHost(options: RunOptions, module: string, logger: Logger): Runtime {
  return createRuntime({
    ...(options.url === undefined ? {} : { url: options.url }),
    inspect: options.inspect ?? false,
    ...(options.workers ? { workers: options.workers, module } : {}),
    ...(options.recording === undefined ? {} : { recording: { file: options.recording } }),
    logger,
  });
}

function hostOptions({ control, ...options }: RunOptions): HostOptions {
  const { startTimeout, drainDeadline, health, healthHost } = options;
  return {
    startTimeout,
    drainDeadline,
    ...(control?.path === undefined ? {} : { control: control.path }),
    ...(health === undefined ? {} : { health }),
    ...(healthHost === undefined ? {} : { healthHost }),
  };
}

function storyOf({ json, control }: RunOptions): RunStory {
  return new RunStory(process.stdout, {
    ...(json ? { json: true } : {}),
    ...(control?.path === undefined ? {} : { control: control.path }),
  });
}

export async function run(file: string | undefined, options: RunOptions): Promise<void> {
  checkMcpRun(file, options);
  refuseWatch(file, options);
  refuseInspectedWorkers(options);
  refuseHealthNowhere(options);
  const isControlled = mayPageControl(options.control, options.inspect);
  const story = storyOf(options);
  const signals = new Signals((line) => story.say(line));
  const logger = await commandLogger(process.stderr, options.json ?? false);
  const reloads = await reloadsOf(file, options, story);
  try {
    const { module, registrations } = await exported(file, options);
    const mcp = await bridged(options, logger);
    const runtime = createHost(options, module, logger);
    if (reloads) reloads.host(runtime, registrations);
    for (const registration of [...(reloads ? [] : registrations), ...mcp.registrations]) {
      const { connector } = registration;
      runtime.add({ ...registration, connector: options.workers ? connector.connectorType : connector });
    }
    const beside = (servers: Servers) => serveBeside(runtime, options, servers, story, isControlled);
    try {
      const hosting = { signals, story, module, commandListeners: 1, beside };
      process.exitCode = await hostRuntime(runtime, hostOptions(options), hosting);
    } finally {
      await mcp.close();
    }
  } finally {
    reloads?.close();
  }
  endProcess();
}
