/**
 * Holds metrics, alert rules and dashboard of examples/deploy against a real Prometheus: it scrapes a runtime on this
 * machine, and every query of dashboard and alerts has to find something. Needs `prometheus` and `promtool` (Debian's
 * package `prometheus`) and a build; `--if-there` leaves it out where they are missing.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { serveHealth } from "../dist/health.js";
import { requestResponseConnector } from "../dist/index.js";
import { startTestBench } from "../dist/testing.js";

const example = (name) => fileURLToPath(new URL(`../examples/deploy/${name}`, import.meta.url));
const rulesFile = example("prometheus-alerts.yaml");

/** How long Prometheus may take for any one thing, in ms. */
const patienceMs = 60_000;

const faults = [];
const said = (words) => console.log(`prometheus: ${words}`);

function isThere(program) {
  return spawnSync(program, ["--version"]).status === 0;
}

/** Runs promtool; what it says is told when it objects. */
function promtool(what, args, input) {
  const { status, stdout, stderr } = spawnSync("promtool", args, { input, encoding: "utf8" });
  if (status === 0) return said(`promtool ${what}: fine`);
  faults.push(`promtool ${what} objects:\n${stdout}${stderr}`);
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Looks again every tenth of a second until there is something; undefined when nothing comes in time. */
async function awaited(look, limitMs = patienceMs) {
  const until = Date.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > until) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function query(url, expression) {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, error, data } = await response.json();
  if (status !== "success") throw new Error(`${expression}: ${error}`);
  return data.result;
}

/** Of the dashboard: where panels name a job, the one that is scraped here. */
async function panels() {
  const { panels: all, templating } = JSON.parse(await readFile(example("grafana-dashboard.json"), "utf8"));
  const variables = templating.list.filter(({ type }) => type === "query");
  return [
    ...variables.map((one) => ({
      title: `the variable ${one.name}`,
      expr: one.query.replace(/^label_values\((.+), \w+\)$/, "$1"),
    })),
    ...all.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ].map(({ title, expr }) => ({
    what: `dashboard, ${title}`,
    expr: expr.replaceAll("$job", "mooring").trim(),
  }));
}

async function alerts() {
  const { groups } = parse(await readFile(rulesFile, "utf8"));
  return groups
    .flatMap(({ rules }) => rules)
    .map(({ alert, expr }) => ({ what: `alert ${alert}`, alert, expr: expr.trim() }));
}

/** Without its threshold: a figure that does not cross it is there all the same. */
const figureOf = (expression) => expression.replace(/\s(?:[<>]=?|==|!=)\s*[\d.]+$/, "");

/** Serves requests, fails some, loses its streams, and has a registration that waits for approval. */
async function busyBench() {
  const connector = requestResponseConnector({
    type: "shop",
    version: "1.0.0",
    execute: (request) => {
      if (request.json() === "fail") throw new Error("as it was asked to");
      return request.json();
    },
  });
  const bench = await startTestBench({
    registrations: ["one", "two"].map((instanceId) => ({ tenantId: "acme", instanceId, connector })),
    gateway: { approval: "manual" },
    runtime: { heartbeat: { intervalMs: 200, timeoutMs: 10_000 }, backoff: { baseMs: 10, maxMs: 100 } },
  });
  bench.gateway.approve("acme.shop.one");
  return bench;
}

async function check(folder) {
  const bench = await busyBench();
  const health = await serveHealth(bench.runtime);
  try {
    await scrapedBy(folder, bench, health);
  } finally {
    await health.close();
    await bench.close();
  }
}

async function scrapedBy(folder, bench, health) {
  const work = async () => {
    for (const payload of ["ok", "ok", "fail"]) await bench.gateway.execute("acme.shop.one", { payload });
  };
  await work();
  promtool("check rules", ["check", "rules", rulesFile]);
  promtool("check metrics", ["check", "metrics"], await (await fetch(`${health.url}/metrics`)).text());

  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, "prometheus.yml");
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: "500ms", evaluation_interval: "500ms" },
      rule_files: [rulesFile],
      scrape_configs: [{ job_name: "mooring", static_configs: [{ targets: [new URL(health.url).host] }] }],
    }),
  );
  promtool("check config", ["check", "config", config]);
  const prometheus = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const ended = once(prometheus, "exit");
  try {
    const isUp = await awaited(async () => {
      if (prometheus.exitCode !== null) throw new Error(`prometheus ended with ${prometheus.exitCode}`);
      const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
      return answer?.ok || undefined;
    });
    if (!isUp) throw new Error("prometheus did not get ready");
    const scraped = await awaited(async () =>
      (await query(url, "mooring_info")).length > 0 ? true : undefined,
    );
    if (!scraped) throw new Error("prometheus has not scraped /metrics");
    // Figures that grow between two scrapes.
    bench.gateway.disturb("cut");
    await work();
    await compare(url);
  } finally {
    prometheus.kill("SIGTERM");
    await ended;
  }
}

async function compare(url) {
  const queries = [...(await panels()), ...(await alerts())];
  for (const { what, expr } of queries) {
    try {
      await query(url, expr);
      const found = await awaited(async () => {
        const series = await query(url, figureOf(expr));
        return series.length > 0 && series.every(({ value }) => value[1] !== "NaN") ? series : undefined;
      });
      if (found) said(`${what}: ${found.length} series`);
      else faults.push(`${what} finds nothing, or no number: ${expr}`);
    } catch (error) {
      faults.push(`${what} is refused: ${error.message}`);
    }
  }
  // One registration waits for approval: the process is not ready.
  const told = await awaited(async () => {
    const { data } = await (await fetch(`${url}/api/v1/alerts`)).json();
    return data.alerts.find(({ labels }) => labels.alertname === "ConnectorNotReady");
  });
  if (told) said(`alert ConnectorNotReady is ${told.state}`);
  else faults.push("alert ConnectorNotReady does not come, although a registration waits for approval");
}

async function main() {
  const missing = ["prometheus", "promtool"].filter((program) => !isThere(program));
  if (missing.length > 0) {
    const words = `${missing.join(" and ")} not found; on Debian: apt-get install prometheus`;
    if (process.argv.includes("--if-there")) return said(`left out: ${words}`);
    faults.push(words);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "mooring-prometheus-"));
  try {
    await check(folder);
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
for (const fault of faults) console.error(`prometheus: ${fault}`);
process.exitCode = faults.length > 0 ? 1 : 0;
