/** The first program of the README, as a new user has it: copied into an empty folder, with the packed package. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startGateway } from "mooring/gateway";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { runCommand } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** What `npm install` would make of the tarball, with the packages that are here already. */
async function install(folder: string): Promise<void> {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  await run(npm, ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  const [tarball = ""] = (await readdir(folder)).filter((name) => name.endsWith(".tgz"));
  const place = join(folder, "node_modules", "mooring");
  await mkdir(place, { recursive: true });
  await run("tar", ["-xzf", join(folder, tarball), "-C", place, "--strip-components", "1"]);
  const { dependencies } = JSON.parse(await readFile(join(place, "package.json"), "utf8"));
  for (const name of Object.keys(dependencies)) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", name), link, "junction");
  }
}

describe("the first program of the README", () => {
  let folder = "";
  let code = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "mooring-first-"));
    await install(folder);
    await run(process.platform === "win32" ? "npm.cmd" : "npm", ["init", "-y"], { cwd: folder });
    const readme = await readFile(join(root, "README.md"), "utf8");
    code = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Runs it as it is, but for the port, which others may use here. */
  async function program(port: number, options: readonly string[] = []) {
    expect(code).toContain("localhost:50061");
    const file = join(folder, `first-${port}.mjs`);
    await writeFile(file, code.replace("localhost:50061", `127.0.0.1:${port}`));
    // Control sockets of other programs on this machine are none of its business.
    const env = { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder };
    const ask = (command: string) => runCommand([command], env);
    const child: ChildProcess = spawn(process.execPath, [...options, file], {
      cwd: folder,
      env,
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let output = "";
    let look = () => {};
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => {
        output += String(chunk);
        look();
      });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const says = (wanted: RegExp) =>
      new Promise<void>((resolve, reject) => {
        look = () => wanted.test(output) && resolve();
        look();
        void ended.then(() => reject(new Error(`It ended without saying ${wanted}:\n${output}`)));
      });
    return { child, says, ended, ask, said: () => output };
  }

  it("comes with the lines that install the package, in a form that fits what is packed", async () => {
    const readme = await readFile(join(root, "README.md"), "utf8");
    const before = readme.slice(0, readme.indexOf(code));
    const [, block = ""] = [...before.matchAll(/```sh\n([\s\S]*?)```/g)].at(-1) ?? [];
    const lines = block
      .replace(/ +#.*$/gm, "")
      .trim()
      .split("\n");
    expect(lines).toEqual([
      "npm ci && npm run build && npm pack . ./packages/dev",
      "MOORING=$PWD && mkdir -p ../first-connector && cd ../first-connector && npm init -y",
      'npm install "$MOORING"/mooring-*.tgz',
    ]);
    const { name, version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    expect(await readdir(folder)).toContain(`${name}-${version}.tgz`);
  });

  it("says without a gateway what it waits for, and ends at Ctrl-C", async () => {
    const { child, says, ended, ask, said } = await program(1);
    // The second try may be under way when the start is reported.
    await says(
      /^acme\.echo\.echo-1: (?:backoff\.transient|connecting\S*) for .*\n.*unreachable \(ECONNREFUSED\): nobody answered .*, grpc:\/\/127\.0\.0\.1:1\.$/m,
    );
    // Each try that fails as the one before does not get a line of its own.
    await says(/^acme\.echo\.echo-1 backoff\.transient unreachable 2 times$/m);
    expect(said()).not.toMatch(/^acme\.echo\.echo-1 connecting/m);
    // A further try may be under way.
    await expect
      .poll(() => ask("status"))
      .toMatchObject({ code: 1, output: expect.stringContaining("backoff.transient") });
    expect(await ask("explain")).toMatchObject({ code: 1, output: expect.stringContaining("127.0.0.1:1") });
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });

  it("breaks what it says at the width of its terminal", async () => {
    const terminal = "--import=data:text/javascript,process.stdout.columns=80";
    const { child, says, ended, said } = await program(1, [terminal]);
    await says(/What to do: .*\n[\s\S]*^acme\.echo\.echo-1 backoff\.transient unreachable/m);
    child.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(
      said()
        .split("\n")
        .filter((line) => line.length > 80),
    ).toEqual([]);
  });

  it("waits for approval, serves, and ends at Ctrl-C", async () => {
    await using gateway = await startGateway();
    const { child, says, ended, ask } = await program(gateway.port);
    await says(
      /waiting for approval: \[ 'acme\.echo\.echo-1' \]|^acme\.echo\.echo-1 streaming\.pendingApproval/m,
    );
    gateway.approve("acme.echo.echo-1");
    await says(/^acme\.echo\.echo-1 streaming\.serving/m);
    expect(await ask("status")).toMatchObject({ code: 0 });
    expect(await ask("explain")).toMatchObject({ code: 0, output: "Every registration is ready.\n" });
    expect((await gateway.execute("acme.echo.echo-1", { payload: { a: 1 } })).json()).toEqual({ a: 1 });
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});
