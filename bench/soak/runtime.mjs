// The subject of the soak: registrations that stay, and others that come, pause, go on, restart and leave.
// Run with --expose-gc.
import { createRuntime, requestResponseConnector } from "mooring";

const staying = 20;
const passing = 20;
const churnEveryMs = 200;
const quietWithinMs = 60_000;

const echo = requestResponseConnector({
  type: "echo",
  version: "1.0.0",
  execute: async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return request.json();
  },
});
const runtime = createRuntime({
  url: process.env.SOAK_URL,
  env: {},
  transport: process.env.SOAK_TRANSPORT,
  credentials: { directory: process.env.SOAK_DIRECTORY },
  backoff: { baseMs: 10, maxMs: 200, jitterMs: 50 },
  stableUptimeMs: 500,
  heartbeat: { intervalMs: 500, timeoutMs: 5_000 },
  metricsIntervalMs: 1_000,
});
let phase = "resting";
let added = 0;
let removed = 0;
let turn = 0;
const passers = [];

const add = (name) => {
  added += 1;
  return runtime.add({ tenantId: "soak", instanceId: name, connector: echo });
};
const stayers = Array.from({ length: staying }, (_, i) => add(`stays-${i}`));

/** One leaves, another comes under a name that was never used before; a third is paused or started afresh. */
async function churn() {
  passers.push(add(`passes-${added}`));
  turn += 1;
  const one = stayers[turn % stayers.length];
  if (turn % 3 === 0) one.pause();
  else if (turn % 3 === 1) one.restart();
  stayers[(turn - 2 + stayers.length) % stayers.length].resume();
  if (passers.length <= passing) return;
  const gone = passers.shift();
  await gone.remove();
  removed += 1;
  process.send({ forget: gone.key });
}

setInterval(() => {
  if (phase === "working") void churn();
}, churnEveryMs);

const isQuiet = ({ ready, work }) => ready && work.running + work.queued + work.unconfirmed === 0;

/** Until everything that stays has arrived again and every answer is confirmed: then nothing of the load is left. */
async function quiet() {
  const until = performance.now() + quietWithinMs;
  for (const one of stayers) one.resume();
  while (!runtime.status().registrations.every(isQuiet)) {
    if (performance.now() > until) {
      const late = runtime.status().registrations.find((one) => !isQuiet(one));
      throw new Error(`not quiet within ${quietWithinMs} ms: ${runtime.explain(late.key)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function sample() {
  phase = "resting";
  await quiet();
  // The second finds what the finalizers of the first have let go.
  globalThis.gc();
  await new Promise((resolve) => setImmediate(resolve));
  globalThis.gc();
  const { heapUsed, rss, external } = process.memoryUsage();
  return { heapUsed, rss, external, added, removed, registrations: runtime.status().registrations.length };
}

process.on("message", async (command) => {
  if (command === "work") phase = "working";
  if (command === "sample") process.send({ sample: await sample() });
});
process.on("disconnect", () => process.exit());
await runtime.start();
process.send({ started: true });
