/** The built package as its users have it: by its own names, in a process of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

async function asUser(...args: readonly string[]): Promise<unknown> {
  const { stdout } = await run(process.execPath, [join(here, "user.mjs"), ...args], { cwd: here });
  return JSON.parse(stdout);
}

/** What a fresh process of Node loads: by the coverage that it writes about itself. */
async function loadedBy(
  ...args: readonly string[]
): Promise<{ ours: readonly string[]; packages: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-loaded-"));
  try {
    await run(process.execPath, args, {
      cwd: here,
      env: { ...process.env, NODE_V8_COVERAGE: folder },
    }).catch((error: { code?: unknown }) => {
      // A command that found nobody to ask.
      if (error.code !== 2) throw error;
    });
    const reports = await Promise.all(
      (await readdir(folder)).map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8"))),
    );
    const paths = reports
      .flatMap(({ result }: { result: { url: string }[] }) => result.map(({ url }) => url))
      .filter((url) => url.startsWith("file:") && !url.includes("[eval"))
      .map((url) => fileURLToPath(url));
    const packages = paths.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
    const ours = paths
      .filter((path) => !path.includes("/node_modules/"))
      .map((path) => path.replace(root, ""));
    return { ours: ours.sort(), packages: [...new Set(packages)].sort() };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Modules of Node that are dear, or that bring a dear one along, and that an import of ours does without. */
const dear = [
  "child_process",
  "dns",
  "http",
  "http2",
  "https",
  "inspector",
  "sqlite",
  "tls",
  "worker_threads",
  "zlib",
];

/** Those that a fresh process has loaded after an import; `process.moduleLoadList` is Node's own list. */
async function dearLoadedBy(entry: string): Promise<unknown> {
  const names = JSON.stringify(
    [...dear, "internal/assert/myers_diff", "internal/deps/undici/undici"].map(
      (name) => `NativeModule ${name}`,
    ),
  );
  const script = `await import("${entry}");
    console.log(JSON.stringify(${names}.filter((name) => process.moduleLoadList.includes(name))));`;
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", script], { cwd: here });
  return JSON.parse(stdout);
}

const importing = (entry: string) => ["--input-type=module", "--eval", `await import("${entry}")`];

describe("the built package", () => {
  it.each(["lean", "h2", "connect", "grpc-js"])("serves with the transport %s", async (name) => {
    expect(await asUser("transport", name)).toBe(42);
  });

  it("takes messages of the user's own Connect and Protobuf-ES, by the schema it brings", async () => {
    expect(await asUser("client")).toEqual({
      heard: ["registerResponse", "heartbeatResponse"],
      known: ["t.doubler.one"],
    });
  });

  it("finds the files of its worker threads", async () => {
    expect(await asUser("workers", join(here, "../workers/connectors.mjs"))).toBe(true);
  });

  it("has machines of the user's own XState", async () => {
    expect(await asUser("machines")).toEqual([true, true]);
  });

  it("says whose code it contains", async () => {
    const licences = await readFile(join(root, "dist/THIRD-PARTY-LICENSES.txt"), "utf8");
    expect(licences).toContain("Buf Technologies, Inc.");
    expect(licences).toContain("Google Inc.");
    expect(licences).toContain("TJ Holowaychuk");
    const page = await readFile(join(root, "packages/dev/inspector/THIRD-PARTY-LICENSES.txt"), "utf8");
    expect(page).toContain("Jason Miller");
    expect(page).toContain("Preact Team");
  });
});

/** What `npm publish` would send. */
async function packed(): Promise<{ readonly size: number; readonly paths: ReadonlySet<string> }> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const { stdout } = await run(npm, ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root });
  const [{ size, files }] = JSON.parse(stdout) as [{ size: number; files: { path: string }[] }];
  return { size, paths: new Set(files.map(({ path }) => path)) };
}

describe("the package as it is sent", () => {
  it("has every file that its texts point to, and stays small", async () => {
    const { size, paths } = await packed();
    const texts = [...paths].filter((path) => path.endsWith(".md"));
    const missing: string[] = [];
    for (const text of texts) {
      const words = await readFile(join(root, text), "utf8");
      const links = [...words.matchAll(/\]\((?![a-z]+:)([^)#\s]+)[^)]*\)/g)].map(([, path = ""]) => path);
      const modules = [...words.matchAll(/mooring run (\w+\/\S+)/g)].map(([, path = ""]) => path);
      const named = [...links.map((path) => posix.join(posix.dirname(text), path)), ...modules];
      missing.push(...named.filter((path) => !paths.has(path)).map((path) => `${text}: ${path}`));
    }
    expect(texts).toContain("docs/performance.md");
    expect(missing).toEqual([]);
    expect(size).toBeLessThan(680 * 1_024);
  });
});

describe("what is loaded", () => {
  it("is six files and XState by the main entry", async () => {
    expect(await loadedBy(...importing("mooring"))).toEqual({
      ours: [
        "dist/chunk-contract.js",
        "dist/chunk-machines.js",
        "dist/chunk-runtime.js",
        "dist/chunk-transport.js",
        "dist/index.js",
        "dist/xstate.cjs",
      ],
      packages: ["xstate"],
    });
  });

  it("is no dear module of Node by the main entry", async () => {
    expect(await dearLoadedBy("mooring")).toEqual([]);
    // The list has what it is asked for.
    expect(await dearLoadedBy("node:https")).toContain("NativeModule https");
  });

  it("is five files and no package by the transports", async () => {
    expect(await loadedBy(...importing("mooring/transport"))).toEqual({
      ours: [
        "dist/chunk-calls.js",
        "dist/chunk-contract.js",
        "dist/chunk-http2.js",
        "dist/chunk-transport.js",
        "dist/transport.js",
      ],
      packages: [],
    });
  });

  it("is four files and no package by a command that has nothing to do", async () => {
    expect(await loadedBy(join(root, "dist/cli.js"), "--version")).toEqual({
      ours: ["dist/chunk-contract.js", "dist/chunk-end-process.js", "dist/chunk-helpers.js", "dist/cli.js"],
      packages: [],
    });
  });

  it("is nothing of the runtime by a command that asks one", async () => {
    const nobody = join(tmpdir(), "mooring-nobody.sock");
    expect(await loadedBy(join(root, "dist/cli.js"), "status", "--control", nobody)).toEqual({
      ours: [
        "dist/chunk-ask.js",
        "dist/chunk-asking.js",
        "dist/chunk-client.js",
        "dist/chunk-contract.js",
        "dist/chunk-end-process.js",
        "dist/chunk-helpers.js",
        "dist/chunk-status-table.js",
        "dist/chunk-target.js",
        "dist/cli.js",
      ],
      packages: [],
    });
  });
});
