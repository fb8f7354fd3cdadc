/**
 * How fast the inspector's page moves through a recording: 1,000,000 events of 10,000 registrations, in real Chromium.
 * `npm run build` comes first. `--events N`, `--registrations N`, `--seeks N`, `--json FILE`.
 */
import { closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createJiti } from "jiti";
import { createRuntime, startInspectorServer } from "../dist/index.js";
import { machineOf } from "./scrub/machine.mjs";
import { recordingLines } from "./scrub/recording.mjs";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    registrations: { type: "string", default: "10000" },
    seeks: { type: "string", default: "300" },
    json: { type: "string", default: fileURLToPath(new URL("results/scrub.json", import.meta.url)) },
  },
});
const size = {
  events: Number(values.events),
  registrations: Number(values.registrations),
  seeks: Number(values.seeks),
};

const file = join(tmpdir(), `mooring-scrub-${process.pid}.jsonl`);

function writeRecording() {
  const out = openSync(file, "w", 0o600);
  let piece = [];
  for (const line of recordingLines(size)) {
    piece.push(line);
    if (piece.length < 5_000) continue;
    writeSync(out, `${piece.join("\n")}\n`);
    piece = [];
  }
  if (piece.length > 0) writeSync(out, `${piece.join("\n")}\n`);
  closeSync(out);
}

/**
 * Runs in the page. Moves the slider once a frame, to places all over the recording (`far`), or as a hand that drags
 * it (`near`), and says how long each frame's work took: the page's own, and with layout and painting.
 */
async function seekAll({ seeks, kind }) {
  const slider = document.querySelector(".track input");
  const whole = Number(slider.max);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const times = [];
  for (let seek = 0; seek < seeks; seek += 1) {
    await frame();
    const place = kind === "far" ? (seek * 0.6180339887) % 1 : 0.2 + (0.6 * seek) / seeks;
    times.push(
      await new Promise((resolve) => {
        let begun = 0;
        requestAnimationFrame(() => {
          begun = performance.now();
        });
        slider.value = String(Math.round(place * whole));
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        requestAnimationFrame(() => {
          const own = performance.now() - begun;
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve([own, performance.now() - begun]);
          };
          port2.postMessage(null);
        });
      }),
    );
  }
  return times;
}

const round = (number) => Math.round(number * 10) / 10;

function summary(times, part) {
  const sorted = times.map((one) => one[part]).sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: round(sorted.at(-1)) };
}

/** Processor time of the page's thread since its beginning, in ms; what others do on the machine is no part of it. */
async function threadMs(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return 1_000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

async function measure(page, session, view) {
  await page.getByRole("button", { name: view, exact: true }).click();
  await page.waitForSelector(
    { Fleet: ".fleet-row[data-tone]", Chart: ".state.active", Sequence: ".message" }[view],
  );
  const kinds = {};
  for (const kind of ["near", "far"]) {
    await page.evaluate(seekAll, { seeks: 20, kind });
    const before = await threadMs(session);
    const times = await page.evaluate(seekAll, { seeks: size.seeks, kind });
    const threadPerFrame = round((await threadMs(session)) - before) / size.seeks;
    kinds[kind] = {
      threadPerFrame: round(threadPerFrame),
      own: summary(times, 0),
      withPainting: summary(times, 1),
    };
  }
  return kinds;
}

async function measureAll() {
  const { launchChromium } = await createJiti(import.meta.url).import("../test/support/chromium.ts");
  const runtime = createRuntime({ inspect: true, env: {} });
  const server = await startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
  });
  const browser = await launchChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(server.url);
    const begun = performance.now();
    await page.locator("input[type=file]").setInputFiles(file);
    await page.waitForSelector(".past", { timeout: 600_000 });
    const openMs = Math.round(performance.now() - begun);
    const views = {};
    for (const view of ["Fleet", "Chart", "Sequence"]) views[view] = await measure(page, session, view);
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = await session.send("Runtime.getHeapUsage");
    const mebi = (bytes) => Math.round(bytes / 1024 / 1024);
    return { openMs, heapMiB: mebi(usedSize), buffersMiB: mebi(backingStorageSize ?? 0), views };
  } finally {
    await browser[Symbol.asyncDispose]();
    await server.close();
    await runtime.close();
  }
}

console.error(`writing ${size.events.toLocaleString("en")} events …`);
writeRecording();
try {
  const fileMiB = Math.round(statSync(file).size / 1024 / 1024);
  console.error(`opening ${fileMiB} MiB in Chromium …`);
  const result = { ...machineOf(), ...size, fileMiB, ...(await measureAll()) };
  writeFileSync(values.json, `${JSON.stringify(result, null, 2)}\n`);
  console.log(JSON.stringify(result, null, 2));
  const worst = Math.max(
    ...Object.values(result.views).flatMap(({ near, far }) => [near.own.p95, far.own.p95]),
  );
  console.log(`p95 of a frame's own work, the worst view: ${worst} ms (target: 16)`);
} finally {
  rmSync(file, { force: true });
}
