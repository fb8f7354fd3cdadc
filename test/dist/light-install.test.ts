/** The package without what only the command line and the embedded gateway need, as a program has it that embeds the runtime. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const tools = ["jiti", "oidc-provider", "pino"];

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const manifest = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(root, folder, "package.json"), "utf8"));

async function link(name: string, folder: string): Promise<void> {
  const place = join(folder, "node_modules", name);
  await mkdir(dirname(place), { recursive: true });
  await symlink(join(root, "node_modules", name), place, "junction");
}

/** `dist` and the package's own dependencies, copied so that no folder above has any other. */
async function install(folder: string): Promise<void> {
  const place = join(folder, "node_modules", "mooring");
  await cp(join(root, "dist"), join(place, "dist"), { recursive: true });
  await cp(join(root, "package.json"), join(place, "package.json"));
  for (const name of Object.keys((await manifest(".")).dependencies)) await link(name, folder);
}

/** Both packages in a store, each with its own dependencies beside it and out of the other's sight. */
async function installStrictly(folder: string): Promise<void> {
  const [runtime, dev] = [join(folder, "store", "runtime"), join(folder, "store", "dev")];
  await install(runtime);
  await cp(join(root, "packages", "dev"), join(dev, "node_modules", "mooring-dev"), { recursive: true });
  for (const name of tools) await link(name, dev);
  await mkdir(join(folder, "node_modules"));
  for (const [name, store] of [
    ["mooring", runtime],
    ["mooring-dev", dev],
  ] as const)
    await symlink(join(store, "node_modules", name), join(folder, "node_modules", name), "junction");
}

const connector = `import { requestResponseConnector } from "mooring";
export const echo = requestResponseConnector("echo", (payload) => payload);`;

/** A program that serves the inspector's page, and says what came of it. */
const inspecting = `import { createRuntime, startInspectorServer } from "mooring";
const runtime = createRuntime({ env: {}, inspect: true });
try {
  const server = await startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() });
  const pages = ["", "page.js", "page.css", "charts.json"].map((name) => new URL(name + new URL(server.url).search, server.url));
  console.log((await Promise.all(pages.map((page) => fetch(page)))).map(({ status }) => status).join());
  await server.close();
} catch (error) {
  console.log(error.code, error.message);
}
await runtime.close();`;

/** A program with a broker on NATS, without the client. */
const publishing = `import { natsBroker } from "mooring/nats";
await natsBroker().publish("a", 1).catch((error) => console.log(error.code, error.message));`;

/** What the program in `folder` says. */
const program = (folder: string, name = "inspecting.mjs"): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [join(folder, name)], { cwd: folder }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });

interface Ended {
  readonly code: unknown;
  readonly output: string;
}

/** A command that is ended as soon as it has said `until`, if it has not ended before. */
const command = (folder: string, args: readonly string[], until = /(?!)/): Promise<Ended> =>
  new Promise((resolve) => {
    let output = "";
    const cli = join(folder, "node_modules", "mooring", "dist", "cli.js");
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, TERM: "dumb" };
    const child = execFile(process.execPath, [cli, ...args], { cwd: folder, env }, (error) =>
      resolve({ code: error ? error.code : 0, output }),
    );
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text) => {
        output += String(text);
        if (until.test(output)) child.kill("SIGINT");
      });
  });

describe("without mooring-dev", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mooring-light-"));
    await install(folder);
    await writeFile(join(folder, "echo.ts"), connector);
    await writeFile(join(folder, "echo.mjs"), connector);
    await writeFile(join(folder, "inspecting.mjs"), inspecting);
    await writeFile(join(folder, "publishing.mjs"), publishing);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("has no package that only the command line or the gateway needs", async () => {
    const { dependencies } = await manifest(".");
    expect(Object.keys(dependencies).sort()).toEqual([
      "@bufbuild/protobuf",
      "@connectrpc/connect",
      "@connectrpc/connect-node",
      "@grpc/grpc-js",
      "@standard-schema/spec",
      "ajv",
      "jose",
      "mime",
      "openid-client",
      "ws",
      "xstate",
    ]);
  });

  it.each([
    ["the log of mooring run", ["run", "echo.mjs"], "pino"],
    ["mooring dev", ["dev", "--port", "0"], "oidc-provider"],
    ["mooring machines", ["machines"], "mooring-dev"],
  ])("%s says what to install", async (_, args, missing) => {
    const { code, output } = await command(folder, args);
    const { version } = await manifest(".");
    expect(code).toBe(1);
    const words = output.replace(/\s+/g, " ");
    expect(words).toContain(`needs the package "${missing}", which is not installed`);
    expect(words).toContain(`npm install --save-dev mooring-dev@${version}`);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it("a module in TypeScript says so too", async () => {
    await link("pino", folder);
    const { code, output } = await command(folder, ["run", "echo.ts"]);
    expect(code).toBe(1);
    expect(output.replace(/\s+/g, " ")).toContain('A module in TypeScript needs the package "jiti"');
  });

  it("the inspector's page says what to install", async () => {
    const { version } = await manifest(".");
    expect(await program(folder)).toBe(
      `INVALID_CONFIG The inspector's page needs the package "mooring-dev", which is not installed. What a program that embeds the runtime alone does without comes with mooring-dev: npm install --save-dev mooring-dev@${version}\n`,
    );
  });

  it("the broker on NATS says what to install", async () => {
    const { devDependencies } = await manifest(".");
    const client = "@nats-io/transport-node";
    expect(await program(folder, "publishing.mjs")).toBe(
      `INVALID_CONFIG natsBroker() needs the package "${client}", which is not installed: npm install ${client}@${devDependencies[client]}\n`,
    );
  });

  it("the commands that need none of it work", async () => {
    const { code, output } = await command(folder, ["status"]);
    expect([code, output]).toEqual([2, expect.stringContaining("No runtime of this user can be asked")]);
  });
});

describe("with mooring-dev where only the program sees it", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mooring-strict-"));
    await installStrictly(folder);
    await writeFile(join(folder, "echo.ts"), connector);
    await writeFile(join(folder, "inspecting.mjs"), inspecting);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("finds the inspector's page", async () => {
    expect(await program(folder)).toBe("200,200,200,200\n");
  });

  it("finds what mooring machines prints", async () => {
    const { output } = await command(folder, ["machines", "liveness"]);
    expect(output).toContain("export const livenessMachine = createMachine({");
  });

  it("finds the gateway's token server, and its page", async () => {
    const { output } = await command(folder, ["dev", "--port", "0"], /approve {2}/);
    expect(output).toMatch(/^page {5}http:\/\/127/m);
  });

  it("finds what loads TypeScript, and the log", async () => {
    const { output } = await command(
      folder,
      ["run", "echo.ts", "--url", "grpc://127.0.0.1:1"],
      /waiting for the gateway/,
    );
    expect(output).toContain("echo");
  });
});

it("mooring-dev has the versions that are tested here", async () => {
  const { version, devDependencies } = await manifest(".");
  const dev = await manifest("packages/dev");
  expect(dev.version).toBe(version);
  expect(Object.keys(dev.dependencies).sort()).toEqual(tools);
  for (const [name, wanted] of Object.entries(dev.dependencies)) expect(devDependencies[name]).toBe(wanted);
});
