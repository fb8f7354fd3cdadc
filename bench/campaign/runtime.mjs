// The subject of the campaign: registrations that must come back whatever happens to their connections. Two in a
// second are asked to try again at once or to start afresh, so that streams open at any moment. Run with --expose-gc.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createRuntime } from "mooring";
import { echo } from "./connectors.mjs";

const registrations = 40;
const registrationsPerConnection = 8;
const churnEveryMs = 500;

const workers = Number(process.env.CAMPAIGN_WORKERS);
const runtime = createRuntime({
  url: process.env.CAMPAIGN_URL,
  env: {},
  transport: process.env.CAMPAIGN_TRANSPORT,
  credentials: { directory: process.env.CAMPAIGN_DIRECTORY },
  ...(process.env.CAMPAIGN_CA ? { tls: { ca: process.env.CAMPAIGN_CA } } : {}),
  ...(process.env.CAMPAIGN_PROXY ? { proxy: process.env.CAMPAIGN_PROXY } : {}),
  ...(workers > 0 ? { workers, module: new URL("./connectors.mjs", import.meta.url) } : {}),
  maxStreamsPerChannel: registrationsPerConnection,
  maxRegistrationsPerSocket: registrationsPerConnection,
  connectTimeoutMs: 2_000,
  backoff: { baseMs: 20, maxMs: 500, jitterMs: 100 },
  refusedDelayMs: 1_000,
  stableUptimeMs: 500,
  heartbeat: { intervalMs: 500, timeoutMs: 2_500, suspectMs: 500 },
  ping: { intervalMs: 500, timeoutMs: 1_000 },
  reconnectGraceMs: 500,
  metricsIntervalMs: 1_000,
});
const connector = workers > 0 ? "echo" : echo;
const all = Array.from({ length: registrations }, (_, i) =>
  runtime.add({ tenantId: "campaign", instanceId: `echo-${i}`, connector }),
);
let phase = "resting";
let turn = 0;

setInterval(() => {
  if (phase !== "working") return;
  turn += 1;
  const one = all[turn % all.length];
  if (turn % 2 === 0) one.retryNow();
  else one.restart();
}, churnEveryMs);

const delays = monitorEventLoopDelay({ resolution: 10 });
delays.enable();

const isQuiet = ({ ready, work }) => ready && work.running + work.queued + work.unconfirmed === 0;

function sample() {
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const blockedMs = Math.round(delays.max / 1e6);
  delays.reset();
  return { rss, heapUsed, blockedMs };
}

/** Those that are not back with everything confirmed, and why. */
const notQuiet = () =>
  runtime
    .status()
    .registrations.filter((one) => !isQuiet(one))
    .map((one) => `${one.key}: ${runtime.explain(one.key)} ${JSON.stringify(one.work)}`);

process.on("message", (command) => {
  if (command === "work") phase = "working";
  if (command === "rest") phase = "resting";
  if (command === "back?") process.send({ notBack: notQuiet() });
  if (command === "sample") process.send({ sample: sample() });
});
process.on("disconnect", () => process.exit());
await runtime.start();
process.send({ started: true });
