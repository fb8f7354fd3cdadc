import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";
import { secretSeams } from "./test/support/secret-seams.js";
import { wssProxySeams } from "./test/support/wss-proxy-seams.js";

/** `TEST_TRANSPORT=connect npm test`: the whole suite with another adapter as the default. */
const transport = process.env.TEST_TRANSPORT;

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const defaultTransport = (name: string): Plugin => ({
  name: "default-transport",
  enforce: "pre",
  transform(code, id) {
    if (!id.endsWith("/src/transport/default.ts")) return null;
    const usual = /(defaultTransport: TransportName = )"[^"]+"/;
    if (!usual.test(code)) throw new Error("src/transport/default.ts names no default transport.");
    return code.replace(usual, `$1${JSON.stringify(name)}`);
  },
});

/** Gateways of tests say an address of WebSocket, which is what chooses that transport. */
const dialledUrl = (scheme: string): Plugin => ({
  name: "dialled-url",
  enforce: "pre",
  transform: (code, id) =>
    id.endsWith("/src/gateway/embedded-gateway.ts")
      ? code.replace('"grpcs" : "grpc"', `"${scheme}s" : "${scheme}"`)
      : null,
});

/** `TEST_CHARTS=planned npx vitest run test/machines`: machines that tests make actors of go by plans. */
const plannedCharts: Plugin = {
  name: "planned-charts",
  enforce: "pre",
  resolveId: (id, importer = "") =>
    id === "xstate" && /\/test\/(?:machines|credentials)\//.test(importer)
      ? source("test/support/planned-xstate.ts")
      : null,
};

/** What the default transport of tests, or the way to their gateways, is made of. */
function pluginsOf(name: string | undefined): Plugin[] {
  if (name === undefined) return [];
  if (name === "websocket") return [dialledUrl("ws")];
  if (name === "wss-proxy") return [dialledUrl("ws"), wssProxySeams(source("test/support/wss-proxy.ts"))];
  return [defaultTransport(name)];
}

/** Files that put their own in the place of timers, globals or modules: nothing of another file may meet those. */
const replacing = readdirSync(source("test"), { recursive: true, encoding: "utf8" })
  .map((name) => `test/${name.replaceAll("\\", "/")}`)
  .filter((path) => path.endsWith(".test.ts") && !path.endsWith(".nats.test.ts"))
  .filter((path) => /\bvi\.(?:mock|useFakeTimers|stubGlobal)\(/.test(readFileSync(source(path), "utf8")));

/** What computes for long, or starts many processes: `npm run test:slow`. */
const slow = "test/**/*.slow.test.ts";
const isSlow = (path: string) => path.endsWith(".slow.test.ts");

/** What wants a nats-server: `npm run test:nats`. */
const nats = "test/**/*.nats.test.ts";

export default defineConfig({
  resolve: {
    alias: [
      { find: /^mooring$/, replacement: source("src/index.ts") },
      { find: /^mooring\/gateway$/, replacement: source("src/gateway/index.ts") },
      { find: /^mooring\/transport$/, replacement: source("src/transport/index.ts") },
      { find: /^mooring\/health$/, replacement: source("src/health/index.ts") },
      { find: /^mooring\/mcp$/, replacement: source("src/mcp-bridge/index.ts") },
      { find: /^mooring\/nats$/, replacement: source("src/nats-broker/index.ts") },
      { find: /^mooring\/testing$/, replacement: source("src/testing/index.ts") },
    ],
  },
  plugins: [
    secretSeams,
    ...pluginsOf(transport),
    ...(process.env.TEST_CHARTS === "planned" ? [plannedCharts] : []),
  ],
  test: {
    // Most of the time of a short test file was loading the sources, so files share a process and what it has loaded.
    projects: [
      {
        extends: true,
        test: {
          name: "sharing",
          include: ["test/**/*.test.ts"],
          exclude: [slow, nats, ...replacing],
          isolate: false,
        },
      },
      { extends: true, test: { name: "alone", include: replacing, exclude: [slow] } },
      { extends: true, test: { name: "slow", include: [slow], exclude: replacing, isolate: false } },
      { extends: true, test: { name: "slow-alone", include: replacing.filter(isSlow) } },
      { extends: true, test: { name: "nats", include: [nats], isolate: false } },
    ],
    setupFiles: [
      "test/support/home-setup.ts",
      "test/support/secret-watch.ts",
      "test/support/secret-setup.ts",
      "test/support/replay-setup.ts",
      ...(transport === "wss-proxy" ? ["test/support/wss-proxy-setup.ts"] : []),
    ],
    pool: "forks",
    // Twice the cores of a small machine: half of the time tests wait for processes, sockets and time limits.
    maxWorkers: 4,
    // For what hangs; a machine that others share may take long over the rest.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 60_000 } },
    // A closed runtime leaves nothing behind; a suite that needs help to exit has a leak.
    teardownTimeout: 5_000,
  },
});
