/** `mooring new`: each kind passes its own tests and answers a call, with the packed package and without a network. */
import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startGateway } from "mooring/gateway";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { follow } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

/** Nobody is asked for a package. */
const offline = { npm_config_offline: "true", npm_config_update_notifier: "false" };

let folder = "";
const cli = () => join(folder, "node_modules", "mooring", "dist", "cli.js");

/** What `npm pack` makes, put where npm would, and beside it the packages that the two of ours need. */
async function install(): Promise<void> {
  const { stdout } = await run(
    "npm",
    ["pack", ".", "./packages/dev", "--json", "--ignore-scripts", "--pack-destination", folder],
    { cwd: root, env: { ...process.env, ...offline } },
  );
  const packed: readonly { name: string; filename: string }[] = JSON.parse(stdout);
  await mkdir(join(folder, "node_modules"));
  const names = new Set(packed.map(({ name }) => name));
  for (const { name, filename } of packed) {
    const place = join(folder, "node_modules", name);
    await mkdir(place);
    await run("tar", ["-xzf", join(folder, filename), "-C", place, "--strip-components", "1"]);
  }
  for (const name of await readdir(join(root, "node_modules")))
    if (!names.has(name) && (!name.startsWith(".") || name === ".bin"))
      await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
}

const kinds = ["tool", "app", "source", "sink", "request-response", "events", "mcp"];
const nameOf = (kind: string) => `one-${kind}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "mooring-new-"));
  await install();
  for (const kind of kinds) {
    const { stdout } = await run(process.execPath, [cli(), "new", nameOf(kind), "--kind", kind], {
      cwd: folder,
    });
    expect(stdout).toContain(`made ${join(folder, nameOf(kind))}: package.json,`);
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it("npm test passes", async () => {
  const env = { ...process.env, ...offline, HOME: folder };
  const { stdout } = await run("npm", ["test"], { cwd: join(folder, nameOf("tool")), env });
  expect(stdout).toMatch(/^[#ℹ] fail 0$/m);
  expect(stdout).toMatch(/^[#ℹ] pass 2$/m);
});

it("the tests of all kinds pass", async () => {
  const files = kinds.map((kind) => join(nameOf(kind), "connector.test.ts"));
  const { stdout } = await run(process.execPath, ["--import", "jiti/register", "--test", ...files], {
    cwd: folder,
  });
  expect(stdout).toMatch(/^[#ℹ] fail 0$/m);
  expect(Number(/^[#ℹ] pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThanOrEqual(13);
});

it("all compile against the package's declarations", async () => {
  const include = kinds.map((kind) => `${nameOf(kind)}/*.ts`);
  const config = { extends: `./${nameOf("tool")}/tsconfig.json`, include };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await run(process.execPath, [join(folder, "node_modules", "typescript", "bin", "tsc"), "-p", folder]);
});

describe.each(kinds)("%s", (kind) => {
  const name = nameOf(kind);
  const project = () => join(folder, name);

  it("has its name everywhere", async () => {
    const files = (await readdir(project())).sort();
    expect(files).toEqual(
      expect.arrayContaining([
        ".gitignore",
        "README.md",
        "connector.test.ts",
        "package.json",
        "tsconfig.json",
      ]),
    );
    for (const file of files)
      expect(await readFile(join(project(), file), "utf8")).not.toMatch(/my-connector|TRY|GUIDE/);
  });

  it("links to guides that are in the package", async () => {
    const readme = await readFile(join(project(), "README.md"), "utf8");
    const links = [...readme.matchAll(/\]\(node_modules\/([^)]+)\)/g)].map(([, path = ""]) => path);
    expect(links.length).toBeGreaterThan(2);
    for (const path of links) await readFile(join(folder, "node_modules", path), "utf8");
  });

  it("answers the call of its README", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    onTestFinished(() => gateway.close());
    const env = { ...process.env, HOME: folder, STRIKE48_URL: gateway.url };
    const served = follow(
      spawn(
        process.execPath,
        [cli(), "run", "connector.ts", "--instance", "1", "--control", join(folder, `${kind}.sock`)],
        {
          cwd: project(),
          env,
        },
      ),
    );
    await served.says("1 ready");
    const readme = await readFile(join(project(), "README.md"), "utf8");
    const [, asked] = /^npx mooring (call .*)$/m.exec(readme) ?? [];
    const answer = asked
      ? (await run("sh", ["-c", `"$0" "$1" ${asked}`, process.execPath, cli()], { cwd: project(), env }))
          .stdout
      : JSON.stringify((await gateway.execute(`default.${name}.1`, { payload: { path: "/" } })).json());
    expect(answer).toMatch(
      /"result": 2|<h1>one-app|"Wien"|"items_written": 1|"square": 9|orders\.created|Hello, Ada!/,
    );
    served.child.kill("SIGTERM");
    expect(await served.exited).toBe(143);
  });
});
