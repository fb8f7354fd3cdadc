/** `mooring run FILE`: hosts the connectors that a module exports, until a signal. */
import { pino } from "pino";
import { createRuntime, type Runtime, serveControl } from "../index.js";
import { place, timeOfDay, write } from "./lines.js";
import { loadRegistrations } from "./registrations.js";
import { serveInspector } from "./serve-inspector.js";
import { onSignals } from "./signals.js";

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

export async function run(file: string, options: RunOptions): Promise<void> {
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
  const inspector = options.inspect ? await serveInspector(runtime, options.inspectPort) : undefined;
  const control = await serveControl(runtime, options.control);
  const printing = printChanges(runtime);
  const signals = onSignals(
    () => runtime.drain({ deadlineMs: options.drainDeadline }),
    () => runtime.close(),
  );
  if (inspector) write(`inspector: ${inspector.url}`);

  const report = await runtime.start({ timeoutMs: options.startTimeout });
  for (const one of report.failing) write(one.explanation);
  write(
    `${report.ready.length} ready, ${report.pendingApproval.length} waiting for approval, ${report.failing.length} not connected`,
  );

  const code = await Promise.race([
    signals.obeyed,
    runtime.closed.then(() => (signals.received() ? signals.obeyed : 0)),
  ]);
  await runtime.close();
  await printing;
  await Promise.all([control.close(), inspector?.close()]);
  process.exitCode = code;
}
