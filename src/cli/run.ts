/** `mooring run FILE`: hosts the connectors that a module exports, until a signal. */
import { createRuntime, type Logger, type Runtime } from "../index.js";
import { type ControlChoice, controlNote, mayPageControl } from "./control-option.js";
import { endProcess } from "./end-process.js";
import { hostRuntime, type Servers } from "./host.js";
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
  readonly workers?: number;
  readonly health?: number;
  readonly healthHost?: string;
  readonly json?: boolean;
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
  const { startTimeout, drainDeadline, health, healthHost } = options;
  const hosting = {
    signals,
    story,
    module,
    beside: (servers: Servers) => serveBeside(runtime, options, servers, story, isControlled),
  };
  try {
    process.exitCode = await hostRuntime(
      runtime,
      {
        startTimeout,
        drainDeadline,
        ...(path === undefined ? {} : { control: path }),
        ...(health === undefined ? {} : { health }),
        ...(healthHost === undefined ? {} : { healthHost }),
      },
      hosting,
    );
  } finally {
    await close();
  }
  endProcess();
}
