// Mooring as its users have it: outbox, journal, machines and recording included. BENCH_INSPECT=1 turns inspection on,
// BENCH_INSPECT=page serves the page besides, BENCH_RECORDING=BYTES is the room of the recording, 0 for none, BENCH_WORKERS=N hosts the
// registrations in N worker threads.
import { createRuntime, startInspectorServer } from "mooring";
import { backoff, count, heartbeatMs, port, socketUrl } from "./common.mjs";
import { answerInvoke } from "./invoke.mjs";
import { work } from "./work.mjs";

const never = 24 * 60 * 60 * 1_000;
const intervalMs = heartbeatMs > 0 ? heartbeatMs : never;

/** BENCH_SLOTS: `adaptive`, or a number, with a queue in the proportion of the defaults. */
function slots(given) {
  if (given === undefined) return {};
  if (given === "adaptive") return { maxConcurrentRequests: given };
  return { maxConcurrentRequests: Number(given), maxQueuedRequests: 10 * Number(given) };
}
const workers = Number(process.env.BENCH_WORKERS ?? 0);
const runtime = createRuntime({
  url: process.env.BENCH_TRANSPORT === "websocket" ? socketUrl : `grpc://127.0.0.1:${port}`,
  env: {},
  transport: process.env.BENCH_TRANSPORT,
  charts: process.env.BENCH_CHARTS ?? "planned",
  heartbeat: { intervalMs, timeoutMs: 2 * intervalMs },
  ...(backoff === "1ms" ? { backoff: { baseMs: 1, jitterMs: 0 } } : {}),
  metricsIntervalMs: 0,
  ...slots(process.env.BENCH_SLOTS),
  inspect: ["1", "page"].includes(process.env.BENCH_INSPECT),
  ...(workers > 0 ? { workers, module: new URL("./work.mjs", import.meta.url) } : {}),
  ...(process.env.BENCH_RECORDING ? { recording: { maxBytes: Number(process.env.BENCH_RECORDING) } } : {}),
});
const connector = workers > 0 ? work.connectorType : work;
for (let i = 0; i < count; i += 1) runtime.add({ tenantId: "t", instanceId: `i${i}`, connector });
const asker = runtime.registration("t.echo.i0");
if (process.env.BENCH_INSPECT === "page") {
  const { url } = await startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() });
  process.on("message", (command) => command === "page" && process.send({ page: url }));
}
const started = runtime.start({ timeoutMs: 120_000 });
answerInvoke((value) => asker.invoke("t.other.i", "echo", value), started);
await started;
