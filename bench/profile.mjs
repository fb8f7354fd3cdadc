// Where the time of a client goes at 10 × 16 in flight: profiles it under load and sums the self time.
// Options: --peer NAME (mooring-h2), --seconds N (5), --functions N (25); or the name of a .cpuprofile.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { mooring, peer, peers, socketPeers } from "./peers.mjs";
import { withSubject } from "./processes.mjs";
import { asText } from "./report.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    peer: { type: "string", default: mooring },
    seconds: { type: "string", default: "5" },
    functions: { type: "string", default: "25" },
  },
});

const root = new URL("..", import.meta.url).href;

/** By where the code is, a bundled module by its own path; the first that fits. */
const areas = [
  ["garbage collection", ({ name }) => name === "(garbage collector)"],
  ["native code outside of JavaScript", ({ name }) => name === "(program)"],
  [
    "node:http2 and streams",
    ({ url }) => /^node:internal\/(http2|streams|stream_base_commons)|^node:(http2|stream)/.test(url),
  ],
  [
    "timers, immediates, ticks",
    ({ url }) => /^node:internal\/(timers|process\/task_queues|async_hooks)|^node:timers/.test(url),
  ],
  ["other parts of Node", ({ url }) => url.startsWith("node:")],
  ["frames and messages (src/transport/lean)", ({ url }) => url.includes("/build/src/transport/lean/")],
  ["transport (src/transport)", ({ url }) => url.includes("/build/src/transport/")],
  ["session (src/session)", ({ url }) => url.includes("/build/src/session/")],
  ["slots, answers, outbox (src/execution)", ({ url }) => url.includes("/build/src/execution/")],
  ["connectors (src/connectors)", ({ url }) => url.includes("/build/src/connectors/")],
  [
    "statecharts (machines, xstate, src/actors)",
    ({ url }) => /\/build\/(machines|src\/actors)\/|\/xstate\//.test(url),
  ],
  ["Protobuf-ES", ({ url }) => url.includes("/@bufbuild/protobuf/")],
  ["Connect", ({ url }) => url.includes("/@connectrpc/")],
  ["grpc-js", ({ url }) => url.includes("/@grpc/")],
  ["the rest of Mooring", ({ url }) => url.includes("/build/src/")],
  ["the handler and the subject", ({ url }) => url.includes("/bench/")],
  ["built-in functions (JSON, Map, Buffer, …)", ({ url }) => url === ""],
  ["elsewhere", () => true],
];

async function record(name, seconds) {
  const chosen = peer(name);
  if (!chosen)
    throw new Error(
      `--peer must be one of ${[...peers, ...socketPeers].map((one) => one.name).join(", ")}; got "${name}".`,
    );
  // Start-up and compilation are left out: the profile begins when the driver begins to count.
  return withSubject(chosen, 10, {}, async ({ driver, subject }) => {
    const started = driver.next("counting").then(() => subject.ask({ profile: "start" }, "profiling"));
    await driver.ask({ load: { window: 16, warmupMs: 2_000, ms: seconds * 1_000 } }, "result");
    await started;
    return subject.ask({ profile: "stop" }, "profile");
  });
}

const linesOf = new Map();

/** The module that a line of a bundle comes from: the bundler wrote its path above it. */
function moduleOf(url, line) {
  if (!url.startsWith(`${root}dist/`)) return url;
  if (!linesOf.has(url)) linesOf.set(url, readFileSync(new URL(url), "utf8").split("\n"));
  const above = linesOf.get(url).slice(0, line);
  const path = above.findLast((text) => /^\/\/ (build|node_modules)\//.test(text));
  return path ? path.replace("// ", root) : url;
}

/** Self time in microseconds by function. */
function selfTimes({ nodes, samples, timeDeltas }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const found = new Map();
  for (const [i, id] of samples.entries()) {
    const { functionName, url: file, lineNumber } = byId.get(id).callFrame;
    const at = file === "" ? "" : `${file.split("/").slice(-3).join("/")}:${lineNumber + 1}`;
    const key = `${functionName} ${at}`;
    const url = moduleOf(file, lineNumber);
    const one = found.get(key) ?? { name: functionName || "(anonymous)", url, at, us: 0 };
    one.us += timeDeltas[i];
    found.set(key, one);
  }
  return [...found.values()];
}

/** Waiting, and the profiler's own entry into V8, are not the client's work. */
const isWork = ({ name, url }) => name !== "(idle)" && !(name === "dispatch" && url === "");

function summarise(profile, most) {
  const functions = selfTimes(profile).filter(isWork);
  const busy = functions.reduce((sum, { us }) => sum + us, 0);
  const share = (us) => `${((us / busy) * 100).toFixed(1)}`;
  const byArea = new Map(areas.map(([area]) => [area, 0]));
  for (const one of functions) {
    const [area] = areas.find(([, fits]) => fits(one));
    byArea.set(area, byArea.get(area) + one.us);
  }
  const top = (lines) => lines.sort((a, b) => b.us - a.us);
  return [
    {
      title: "self time, percent of the time that the process was busy",
      columns: ["where", "%"],
      lines: top([...byArea].map(([area, us]) => ({ area, us })))
        .filter(({ us }) => us > 0)
        .map(({ area, us }) => [area, share(us)]),
    },
    {
      title: "the functions that take most",
      columns: ["function", "%", "file"],
      lines: top(functions)
        .slice(0, most)
        .map(({ name, us, at }) => [name, share(us), at]),
    },
  ];
}

const [file] = positionals;
const profile = file
  ? JSON.parse(readFileSync(file, "utf8"))
  : await record(options.peer, Number(options.seconds));
for (const table of summarise(profile, Number(options.functions))) console.log(asText(table));
