// npm run soak: does memory stay flat while registrations come and go, requests flow, and the gateway falls over
// again and again? Ends by itself; fails when the heap grows more than 1 MB in 10 minutes after the warm-up.
// Options: --minutes N (15), --transport NAME (h2), --json FILE.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Process, wait } from "./processes.mjs";
import { slope } from "./statistics.mjs";

const samples = 90;
const leastPauseMs = 3_000;
/** Of the time: caches fill, code is compiled, tables reach their bounds. */
const warmup = 0.25;
const limitMbPer10Minutes = 1;
/** Shorter runs are still compiling and filling caches: their slope says nothing. */
const leastMinutes = 10;
const mb = 2 ** 20;

const { values: options } = parseArgs({
  options: {
    minutes: { type: "string", default: "15" },
    transport: { type: "string", default: "h2" },
    json: { type: "string" },
  },
});
const minutes = Number(options.minutes);
if (!(minutes > 0)) throw new Error(`--minutes must be a number above 0; got "${options.minutes}".`);

const begun = performance.now();
const minutesSince = () => (performance.now() - begun) / 60_000;

/** Lets both work for a while, then rest, and measures what is left. */
async function round(gateway, runtime, pauseMs) {
  gateway.send("work");
  runtime.send("work");
  await wait(pauseMs);
  const counters = await gateway.ask("rest", "resting");
  const sample = await runtime.ask("sample", "sample");
  return { minute: minutesSince(), ...sample, ...counters };
}

function line({ minute, heapUsed, rss, registrations, answered, streamsOpened, removed }) {
  return `${minute.toFixed(1).padStart(5)} min  heap ${(heapUsed / mb).toFixed(2)} MB  resident ${(rss / mb).toFixed(1)} MB  ${registrations} registrations  ${answered} answers  ${streamsOpened} streams  ${removed} gone`;
}

async function soak(gateway, directory) {
  const url = await gateway.next("url");
  const runtime = new Process("runtime", "soak/runtime.mjs", 1, {
    nodeArgs: ["--expose-gc"],
    env: { SOAK_URL: url, SOAK_TRANSPORT: options.transport, SOAK_DIRECTORY: directory },
  });
  runtime.on("forget", (key) => gateway.send({ forget: key }));
  try {
    await runtime.next("started");
    const found = [];
    const pauseMs = Math.max(leastPauseMs, (minutes * 60_000) / samples);
    while (minutesSince() < minutes) {
      found.push(await round(gateway, runtime, pauseMs));
      console.log(line(found.at(-1)));
    }
    return found;
  } finally {
    await runtime.end();
  }
}

function judge(found) {
  const steady = found.filter(({ minute }) => minute >= minutes * warmup);
  const growth = (field) => slope(steady.map((one) => ({ x: one.minute / 10, y: one[field] / mb })));
  const last = found.at(-1);
  const result = {
    node: process.version,
    minutes,
    transport: options.transport,
    heapMbPer10Minutes: growth("heapUsed"),
    residentMbPer10Minutes: growth("rss"),
    samples: found,
  };
  console.log(
    `\nafter the warm-up, in 10 minutes: heap ${result.heapMbPer10Minutes.toFixed(2)} MB (limit ${limitMbPer10Minutes}), resident ${result.residentMbPer10Minutes.toFixed(2)} MB`,
  );
  console.log(
    `${last.answered} of ${last.asked} requests answered, ${last.lost} lost of those that stay; ${last.disturbances} disturbances, ${last.streamsOpened} streams, ${last.added} registrations added, ${last.removed} removed`,
  );
  const faults = [
    minutes >= leastMinutes && result.heapMbPer10Minutes > limitMbPer10Minutes && "the heap grows",
    last.answered === 0 && "nothing was answered",
    last.disturbances === 0 && "nothing was disturbed",
    last.lost > 0 && "requests to registrations that stay were not answered",
  ].filter(Boolean);
  if (minutes < leastMinutes) console.log(`The heap is judged from ${leastMinutes} minutes on.`);
  for (const fault of faults) console.error(`FAILED: ${fault}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
  return faults.length === 0;
}

const directory = mkdtempSync(join(tmpdir(), "mooring-soak-"));
const gateway = new Process("gateway", "soak/gateway.mjs", 0);
try {
  process.exitCode = judge(await soak(gateway, directory)) ? 0 : 1;
} finally {
  await gateway.end();
  rmSync(directory, { recursive: true, force: true });
}
