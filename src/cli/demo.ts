/**
 * `npm start`: an embedded gateway and a runtime with several registrations in one process; real requests over
 * real gRPC, one approval with the credential exchange, and a gateway restart under load.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codeOf } from "../errors.js";
import { type GatewayPage, startGateway, startGatewayPage } from "../gateway/index.js";
import { createRuntime, type InspectorServer, type Runtime } from "../index.js";
import { controlNote, mayPageControl } from "./control-option.js";
import { demoRegistrations, isStranger } from "./demo-connectors.js";
import { DemoShow } from "./demo-show.js";
import { endProcess } from "./end-process.js";
import { exitCodes } from "./exit-codes.js";
import { statePath, why, write } from "./lines.js";
import { type LiveTable, liveTable } from "./live-table.js";
import { serveInspector } from "./serve-inspector.js";
import { Signals } from "./signals.js";

interface DemoOptions {
  readonly once?: boolean;
  readonly inspect?: boolean;
  readonly inspectPort: number;
  readonly control?: boolean;
}

/** Goes through the demonstration. Returns the code of a signal that cut it short. */
async function present(show: DemoShow, signals: Signals, once: boolean): Promise<number | undefined> {
  const shown = show.go().catch((error: unknown) => {
    // Steps that a signal has cut short fail, and say nothing about Mooring.
    if (!signals.received) throw error;
  });
  const code = await Promise.race([shown, signals.obeyed]);
  if (signals.received) return code ?? signals.obeyed;
  if (once) await show.finish();
  else await Promise.all([show.goOn(), signals.obeyed]);
  return undefined;
}

function verdict(failed: number): number {
  write(failed === 0 ? "everything as it should be" : `${failed} findings failed`);
  return failed === 0 ? exitCodes.done : exitCodes.failed;
}

export async function demo(options: DemoOptions): Promise<void> {
  const mayControl = mayPageControl(options.control ? { byPage: true } : undefined, options.inspect);
  let table: LiveTable | undefined;
  const say = (line: string) => (table ? table.say(line) : write(line));
  const signals = new Signals(say);
  // A demonstration that nobody watches any more is over.
  process.stdout.on("error", (error) => {
    if (codeOf(error) === "EPIPE" && !signals.received) process.emit("SIGTERM");
  });
  const directory = await mkdtemp(join(tmpdir(), "mooring-demo-"));
  const gateway = await startGateway({
    approval: ({ instanceId }) => (isStranger(instanceId) ? "manual" : "automatic"),
  });
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory },
    backoff: { baseMs: 100, maxMs: 2_000, jitterMs: 200 },
    // Short, so that a deaf gateway is found while people watch.
    heartbeat: { intervalMs: 2_000, timeoutMs: 6_000 },
    inspect: options.inspect ?? false,
    env: {},
  });
  let inspector: InspectorServer | undefined;
  let page: GatewayPage | undefined;
  let printing: Promise<void> | undefined;
  let failed = 0;
  let cutShort: number | undefined;
  try {
    for (const registration of demoRegistrations()) runtime.add(registration);
    if (options.inspect) {
      inspector = await serveInspector(runtime, options.inspectPort, mayControl);
      page = await startGatewayPage({ gateway, inspector: inspector.url });
    }
    table = liveTable(runtime);
    const show = new DemoShow(gateway, runtime, say);
    say(`gateway ${gateway.url}`);
    if (inspector) say(`inspector ${inspector.url}${mayControl ? controlNote : ""}`);
    if (page) say(`gateway's page ${page.url}`);
    if (!process.stdout.isTTY) printing = printStates(runtime, say);
    signals.endBy(
      { doing: "finishing", run: () => show.finish() },
      { doing: "closing", run: () => runtime.close() },
    );
    cutShort = await present(show, signals, options.once ?? false);
    failed = show.failed;
  } finally {
    await runtime.close();
    table?.stop();
    await printing;
    await page?.close();
    await inspector?.close();
    await gateway.close();
    await rm(directory, { recursive: true, force: true });
  }
  process.exitCode = cutShort ?? verdict(failed);
  endProcess();
}

async function printStates(runtime: Runtime, say: (line: string) => void): Promise<void> {
  for await (const change of runtime.changes({ fold: true }))
    say(
      `      ${change.key}  ${statePath(change.status)}  ${why(change)}${change.times > 1 ? ` (${change.times} times)` : ""}`.trimEnd(),
    );
}
