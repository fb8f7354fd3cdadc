// npm run bench: the same echo work through bare clients and Mooring, interleaved; ratios are what counts.
// Options: --quick (fewer and shorter rounds), --skip-idle, --json FILE.
import { fork, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const has = (name) => process.argv.includes(name);
const quick = has("--quick");
const rounds = quick ? 3 : 7;
const shape = { window: 16, warmupMs: quick ? 300 : 600, ms: quick ? 700 : 1_500 };
const subjects = ["connect-node", "grpc-js", "node-http2", "mooring"];
const counts = quick ? [10] : [1, 10, 100];
const idleCounts = quick ? [1_000] : [1_000, 10_000];
const canPin = cpus().length > 1 && spawnSync("taskset", ["-V"]).status === 0;
const pinned = (cpu) =>
  canPin ? { execPath: "taskset", execArgv: ["-c", String(cpu), process.execPath] } : {};

/** The driver has a processor of its own, the subject the other. */
async function startDriver() {
  const child = fork(here("driver.mjs"), { ...pinned(0) });
  const { port } = await next(child, (message) => message.port);
  return { child, port };
}

function next(child, wanted) {
  return new Promise((resolve, reject) => {
    const take = (message) => {
      if (!wanted(message)) return;
      child.off("message", take);
      child.off("exit", gone);
      resolve(message);
    };
    const gone = (code) => reject(new Error(`${child.spawnargs.at(-1)} ended with ${code}`));
    child.on("message", take);
    child.on("exit", gone);
  });
}

async function startSubject(name, count, driver, extra = {}) {
  const pin = pinned(1);
  const execArgv = [...(pin.execArgv ?? []), "--expose-gc", ...(extra.nodeArgs ?? [])];
  const env = {
    ...process.env,
    BENCH_URL: `http://127.0.0.1:${driver.port}`,
    BENCH_COUNT: String(count),
    ...extra.env,
  };
  const all = next(driver.child, (message) => message.registered === count);
  const child = fork(here(`subjects/${name}.mjs`), { ...pin, execArgv, env });
  await Promise.race([
    all,
    new Promise((_, reject) => child.once("exit", (code) => reject(new Error(`${name} ended with ${code}`)))),
  ]);
  return child;
}

const figures = async (child) => {
  const answer = next(child, (message) => message.figures);
  child.send("figures");
  return (await answer).figures;
};

const gone = (child) =>
  new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGKILL");
  });

async function echoRound(name, count, extra) {
  const driver = await startDriver();
  const subject = await startSubject(name, count, driver, extra);
  let before;
  driver.child.on("message", (message) => {
    if (message.phase === "counting")
      void figures(subject).then((found) => {
        before = found;
      });
  });
  const result = next(driver.child, (message) => message.result);
  driver.child.send({ measure: shape });
  const measured = (await result).result;
  if (measured.wrong > 0)
    throw new Error(`${name} sent ${measured.wrong} answers to requests that were not in flight.`);
  const after = await figures(subject);
  await Promise.all([gone(subject), gone(driver.child)]);
  return { ...measured, cpuUsPerAnswer: ((after.cpuMs - before.cpuMs) * 1_000) / measured.answers };
}

async function idleMemory(name, count) {
  const driver = await startDriver();
  const base = await startSubject(name, 1, driver);
  await settled();
  const one = await figures(base);
  await gone(base);
  const many = await startSubject(name, count, driver);
  await settled();
  const all = await figures(many);
  await Promise.all([gone(many), gone(driver.child)]);
  const kilobytes = (field) => (all[field] - one[field]) / (count - 1) / 1_024;
  return { rss: kilobytes("rss"), heap: kilobytes("heapUsed") };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 1_500));
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const spread = (values) => ((Math.max(...values) - Math.min(...values)) / median(values)) * 100;
const show = (value, digits = 0) => value.toFixed(digits).padStart(10);

async function echoTable(count) {
  const samples = Object.fromEntries([...subjects, "replay"].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of Object.keys(samples)) samples[name].push(await echoRound(name, count));
  }
  const middle = (name, field) => median(samples[name].map((sample) => sample[field]));
  const ratioTo = (name, base) =>
    median(samples[name].map((sample, i) => sample.perSecond / samples[base][i].perSecond));
  const fastest = Math.max(...subjects.map((name) => middle(name, "perSecond")));
  const ceiling = middle("replay", "perSecond") / fastest;
  console.log(
    `\n${count} registration(s) x ${shape.window} in flight, ${rounds} interleaved rounds; driver's ceiling ${ceiling.toFixed(2)} x the fastest${ceiling < 1.5 ? " (below 1.5: VOID)" : ""}`,
  );
  console.log(
    "subject         answers/s   spread %   p50 ms     p99 ms   CPU us/answer   Jain     x connect-node  x grpc-js  x node-http2",
  );
  const rows = subjects.map((name) => {
    const row = {
      subject: name,
      registrations: count,
      perSecond: middle(name, "perSecond"),
      spreadPercent: spread(samples[name].map((sample) => sample.perSecond)),
      p50: middle(name, "p50"),
      p99: middle(name, "p99"),
      cpuUsPerAnswer: middle(name, "cpuUsPerAnswer"),
      jain: middle(name, "jain"),
      toConnectNode: ratioTo(name, "connect-node"),
      toGrpcJs: ratioTo(name, "grpc-js"),
      toNodeHttp2: ratioTo(name, "node-http2"),
      void: ceiling < 1.5,
    };
    console.log(
      `${name.padEnd(13)}${show(row.perSecond)} ${show(row.spreadPercent)} ${show(row.p50, 2)} ${show(row.p99, 2)} ${show(row.cpuUsPerAnswer, 1)}     ${show(row.jain, 4)} ${show(row.toConnectNode, 2)} ${show(row.toGrpcJs, 2)} ${show(row.toNodeHttp2, 2)}`,
    );
    return row;
  });
  return { rows, ceiling };
}

async function inspectionRow() {
  const off = [];
  const on = [];
  for (let round = 0; round < rounds; round += 1) {
    off.push((await echoRound("mooring", 10)).perSecond);
    on.push((await echoRound("mooring", 10, { env: { BENCH_INSPECT: "1" } })).perSecond);
  }
  const ratio = median(on.map((value, i) => value / off[i]));
  console.log(`\ninspection on / off, 10 registrations: ${ratio.toFixed(2)}`);
  return { onToOff: ratio };
}

async function main() {
  const results = {
    node: process.version,
    rounds,
    shape,
    echo: [],
    idle: [],
    inspection: undefined,
    machines: undefined,
  };
  for (const count of counts) results.echo.push(await echoTable(count));
  results.inspection = await inspectionRow();
  if (!has("--skip-idle")) {
    console.log(
      "\nidle registration, KB above one registration of the same client\nsubject          registrations   resident     heap",
    );
    for (const count of idleCounts) {
      for (const name of ["connect-node", "node-http2", "mooring"]) {
        const memory = await idleMemory(name, count);
        results.idle.push({ subject: name, registrations: count, ...memory });
        console.log(`${name.padEnd(16)}${show(count)} ${show(memory.rss, 1)} ${show(memory.heap, 1)}`);
      }
    }
  }
  const machines = spawnSync(process.execPath, [here("machines.mjs")], { encoding: "utf8" });
  process.stdout.write(machines.stdout);
  results.machines = JSON.parse(machines.stdout.trim().split("\n").at(-1));
  const file = process.argv[process.argv.indexOf("--json") + 1];
  const target = has("--json") ? file : here(`results/${process.version.split(".")[0]}.json`);
  compare(target, results);
  if (has("--json") || !quick) {
    mkdirSync(here("results"), { recursive: true });
    writeFileSync(target, `${JSON.stringify(results, null, 2)}\n`);
  }
}

/** Beside the last committed result, ratios only: absolute figures move with the machine. */
function compare(file, results) {
  if (!existsSync(file)) return;
  const last = JSON.parse(readFileSync(file, "utf8"));
  console.log("\nMooring x connect-node, now and in the last committed result:");
  for (const { rows } of results.echo) {
    const now = rows.find((row) => row.subject === "mooring");
    const then = last.echo
      .flatMap((table) => table.rows)
      .find((row) => row.subject === "mooring" && row.registrations === now.registrations);
    console.log(
      `  ${String(now.registrations).padStart(4)} registrations: ${now.toConnectNode.toFixed(2)} now, ${then ? then.toConnectNode.toFixed(2) : "-"} then`,
    );
  }
}

await main();
