/** `mooring run FILE`: hosts the connectors that a module exports, until a signal. */
import { pino } from "pino";
import { type ControlServer, createRuntime, type Runtime, serveControl } from "../index.js";
import { endProcess } from "./end-process.js";
import { place, timeOfDay, write } from "./lines.js";
import { loadRegistrations } from "./registrations.js";
import { serveInspector } from "./serve-inspector.js";
import { Signals } from "./signals.js";

interface RunOptions {
  readonly url?: string;
  readonly tenant?: string;
  readonly instance?: string;
  readonly startTimeout: number;
  readonly drainDeadline: number;
  readonly inspect?: boolean;
  readonly inspectPort: number;
  readonly control?: string;
  readonly workers?: number;
}

/** One line per change, until the runtime has closed. */
export async function printChanges(runtime: Runtime): Promise<void> {
  for await (const change of runtime.changes()) {
    const cause = change.cause ? `  ${change.cause}${change.code ? ` (${change.code})` : ""}` : "";
    write(`${timeOfDay(change.at)}  ${change.key}  ${place(change.status)}${cause}`);
  }
}

/** What is served beside the runtime. */
type Servers = Pick<ControlServer, "close">[];

async function serve(runtime: Runtime, options: RunOptions, servers: Servers): Promise<void> {
  servers.push(await serveControl(runtime, options.control));
  if (!options.inspect) return;
  const inspector = await serveInspector(runtime, options.inspectPort);
  servers.push(inspector);
  write(`inspector: ${inspector.url}`);
}

/** Returns the exit code when everything has ended. */
async function host(runtime: Runtime, options: RunOptions, signals: Signals): Promise<number> {
  const printing = printChanges(runtime);
  signals.endBy(
    { doing: "draining", run: () => runtime.drain({ deadlineMs: options.drainDeadline }) },
    { doing: "closing", run: () => runtime.close() },
  );
  const report = await runtime.start({ timeoutMs: options.startTimeout });
  for (const one of report.failing) write(one.explanation);
  write(
    `${report.ready.length} ready, ${report.pendingApproval.length} waiting for approval, ${report.failing.length} not connected`,
  );

  const code = await Promise.race([
    signals.obeyed,
    runtime.closed.then(() => (signals.received ? signals.obeyed : 0)),
  ]);
  await runtime.close();
  await printing;
  return code;
}

export async function run(file: string, options: RunOptions): Promise<void> {
  const signals = new Signals();
  const { module, registrations } = await loadRegistrations(file, {
    ...(options.tenant === undefined ? {} : { tenantId: options.tenant }),
    ...(options.instance === undefined ? {} : { instanceId: options.instance }),
  });
  const runtime = createRuntime({
    ...(options.url === undefined ? {} : { url: options.url }),
    inspect: options.inspect ?? false,
    ...(options.workers ? { workers: options.workers, module } : {}),
    logger: pino({ level: process.env.LOG_LEVEL ?? "warn" }, pino.destination(2)),
  });
  for (const registration of registrations) {
    const { connector } = registration;
    runtime.add({ ...registration, connector: options.workers ? connector.connectorType : connector });
  }
  const servers: Servers = [];
  try {
    await serve(runtime, options, servers);
    process.exitCode = await host(runtime, options, signals);
  } finally {
    await runtime.close();
    await Promise.all(servers.map((server) => server.close()));
  }
  endProcess();
}
