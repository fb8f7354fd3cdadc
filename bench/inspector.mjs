// node bench/inspector.mjs: the inspector's page in a real Chromium, with many registrations of which many change.
// Says how long a change takes to be on the screen, how long the page works on a frame, and what page and feed hold.
// Options: --registrations 10000, --changes 500 (a second), --seconds 15, --rounds 3, --json FILE.
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createJiti } from "jiti";
import { wait } from "./processes.mjs";
import { percentile, sorted } from "./statistics.mjs";

const { values: options } = parseArgs({
  options: {
    registrations: { type: "string", default: "10000" },
    changes: { type: "string", default: "500" },
    seconds: { type: "string", default: "15" },
    rounds: { type: "string", default: "3" },
    json: { type: "string" },
  },
});

function numberOf(name) {
  const value = Number(options[name]);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number from 1; got "${options[name]}".`);
  return value;
}

const [registrations, changes, seconds, rounds] = ["registrations", "changes", "seconds", "rounds"].map(
  numberOf,
);

const jiti = createJiti(import.meta.url);
const { launchChromium } = await jiti.import("../test/support/chromium.ts");
const { crowdOf } = await jiti.import("../test/inspect/page-crowd.ts");
const { serveInspector } = await jiti.import("../src/inspect/server.ts");

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

const heapMb = () => {
  collect();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

const quantile = (values, share) => percentile(sorted(values), share);

/** Rows that are surely on the screen, when they are listed by name. */
const probed = 12;
const probeEveryMs = 150;

/** In the page: notes when a row looks otherwise, and how long each frame is worked on. */
function watch() {
  const seen = [];
  const frames = [];
  Object.assign(window, { seen_: seen, frames_: frames });
  const looks = new Map();
  const look = () => {
    for (const row of document.querySelectorAll(".virtual-row[data-name]")) {
      const { name } = row.dataset;
      const tone = row.querySelector(".fleet-row")?.dataset.tone;
      if (looks.get(name) !== tone && looks.has(name)) seen.push([name, tone, Date.now()]);
      looks.set(name, tone);
    }
  };
  const channel = new MessageChannel();
  let begun = 0;
  // It comes when the frame is drawn: script, style, layout and paint are over.
  channel.port1.onmessage = () => {
    frames.push([begun, performance.now() - begun]);
    look();
  };
  const frame = () => {
    begun = performance.now();
    channel.port2.postMessage(0);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

/** Changes at an even rate; each registration loses its link and has it again. */
function changing(crowd) {
  const down = new Set();
  const turn = (place) => {
    if (down.delete(place)) crowd.regain(place);
    else {
      down.add(place);
      crowd.lose(place);
    }
  };
  let next = 0;
  let due = performance.now();
  const timer = setInterval(() => {
    for (const now = performance.now(); due < now; due += 1_000 / changes) {
      turn(probed + ((next * 7_919) % (registrations - probed)));
      next += 1;
    }
  }, 10);
  return { turn, end: () => clearInterval(timer), made: () => next };
}

/** When a row of the screen was changed. */
async function probe(crowd, turn, names) {
  const changed = [];
  for (let at = 0; at * probeEveryMs < seconds * 1_000; at += 1) {
    const place = names[at % names.length];
    changed.push([crowd.keys[place], Date.now()]);
    turn(place);
    await wait(probeEveryMs);
  }
  return changed;
}

/** Of each change, how long until the row looked otherwise. */
function delaysOf(changed, seen) {
  const rest = [...seen];
  return changed.flatMap(([key, at]) => {
    const place = rest.findIndex(([name, , when]) => name === key && when >= at - 1);
    return place < 0 ? [] : [rest.splice(place, 1)[0][2] - at];
  });
}

async function opened(browser, url) {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  await page.goto(url);
  await page.waitForFunction(
    (many) => document.querySelector(".summary")?.textContent?.startsWith(`${many} of`),
    registrations.toLocaleString("en"),
  );
  await page.locator("select").first().selectOption("name");
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable");
  const pageHeapMb = async () => {
    await client.send("HeapProfiler.collectGarbage");
    const { metrics } = await client.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "JSHeapUsedSize").value / 2 ** 20;
  };
  return { page, pageHeapMb };
}

async function round(browser) {
  const crowd = crowdOf(registrations);
  const before = heapMb();
  const server = await serveInspector({ feed: crowd.feed, status: () => crowd.status() });
  const { page, pageHeapMb } = await opened(browser, server.url);
  // By name, what is on the screen comes first in the order of its letters.
  const places = new Map(crowd.keys.map((key, place) => [key, place]));
  const first = [...crowd.keys].sort().slice(0, probed);
  const names = first.map((key) => places.get(key));
  const { turn, end, made } = changing(crowd);
  await wait(2_000);
  const [pageBefore, feedBefore] = [await pageHeapMb(), heapMb()];
  await page.evaluate(watch);
  const begun = performance.now();
  const idle = performance.eventLoopUtilization();
  const madeBefore = made();
  const changed = await probe(crowd, turn, names);
  const { utilization } = performance.eventLoopUtilization(idle);
  const lasted = (performance.now() - begun) / 1_000;
  const { seen, frames } = await page.evaluate(() => ({ seen: window.seen_, frames: window.frames_ }));
  end();
  const delays = delaysOf(changed, seen);
  const work = frames.map(([, ms]) => ms);
  const drawn = work.filter((ms) => ms > 1);
  const gaps = frames.slice(1).map(([at], place) => at - frames[place][0]);
  const result = {
    changesASecond: (made() - madeBefore + changed.length) / lasted,
    seen: delays.length / changed.length,
    pixelMs: { p50: quantile(delays, 0.5), p95: quantile(delays, 0.95) },
    drawnMs: { p50: quantile(drawn, 0.5), p95: quantile(drawn, 0.95) },
    frameWorkMs: { p50: quantile(work, 0.5), p95: quantile(work, 0.95), p99: quantile(work, 0.99) },
    frameGapMs: { p50: quantile(gaps, 0.5), p95: quantile(gaps, 0.95) },
    serverBusy: utilization,
    pageMb: { before: pageBefore, after: await pageHeapMb() },
    feedMb: { before: feedBefore - before, after: heapMb() - before },
    load: loadavg()[0],
  };
  await page.close();
  await server.close();
  return result;
}

const browser = await launchChromium();
const results = [];
try {
  for (let number = 1; number <= rounds; number += 1) {
    const result = await round(browser);
    console.log(
      JSON.stringify(result, (_, value) => (typeof value === "number" ? Number(value.toFixed(2)) : value)),
    );
    results.push(result);
  }
} finally {
  await browser[Symbol.asyncDispose]();
}
if (options.json) {
  const machine = `${cpus().length} × ${cpus()[0].model}`;
  const head = { node: process.version, machine, registrations, changes, seconds };
  writeFileSync(options.json, `${JSON.stringify({ ...head, rounds: results }, null, 2)}\n`);
}
