import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { newProject } from "../../src/cli/new.js";
import { follow } from "../support/run-command.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

const main = join(root, "dist", "cli.js");

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mooring-new-"));
  onTestFinished(async () => {
    process.exitCode = undefined;
    await rm(folder, { recursive: true, force: true });
  });
});

/** The built command, in that folder. */
async function made(name: string) {
  const { exited, output } = follow(
    spawn(process.execPath, [main, "new", name, "--kind", "tool"], { cwd: folder }),
  );
  return { code: await exited, output: output() };
}

const refusal = (words: string) => ({ code: "INVALID_CONFIG", message: expect.stringContaining(words) });

describe("mooring new refuses", () => {
  it.each([
    ["My Tool", 'got "My Tool", try my-tool.'],
    ["9lives", "try lives."],
    ["../up", "try up."],
    ["ünïcode", "must be small letters"],
    ["", "must be small letters"],
    [".", "must be small letters"],
    ["a".repeat(65), "at most 64 characters"],
    ["a\u001b[2J", "must be small letters"],
    ["mooring", "try mooring-connector"],
    ["zod", "try zod-connector"],
    ["typescript", "would hide it"],
  ])("the name %j", async (name, words) => {
    await expect(newProject(name, { kind: "tool" })).rejects.toMatchObject(refusal(words));
    expect(process.exitCode).toBe(2);
  });

  it("no kind, and says which there are", async () => {
    await expect(newProject("one", {})).rejects.toMatchObject(
      refusal("--kind is missing: give one of tool, app, source, sink, request-response, events, mcp."),
    );
  });

  it("a kind that there is not", async () => {
    await expect(newProject("one", { kind: "tol" })).rejects.toMatchObject(
      refusal("--kind must be one of tool, app,"),
    );
  });

  it("a folder that is not empty, and leaves what is in it", async () => {
    await mkdir(join(folder, "one"));
    await writeFile(join(folder, "one", "README.md"), "mine");
    const { code, output } = await made("one");
    expect([code, output]).toEqual([1, expect.stringContaining("one is not empty: give another NAME")]);
    expect(await readdir(join(folder, "one"))).toEqual(["README.md"]);
    expect(await readFile(join(folder, "one", "README.md"), "utf8")).toBe("mine");
  });

  it("a file in the folder's place", async () => {
    await writeFile(join(folder, "one"), "mine");
    const { code, output } = await made("one");
    expect([code, output]).toEqual([1, expect.stringContaining("one is there, and is no folder")]);
    expect(await readFile(join(folder, "one"), "utf8")).toBe("mine");
  });
});

it("takes an empty folder", async () => {
  await mkdir(join(folder, "one"));
  expect((await made("one")).code).toBe(0);
  expect(await readdir(join(folder, "one"))).toContain("connector.ts");
});

it("has the project installed from Mooring's two files", async () => {
  const install = 'npm install "$MOORING"/mooring-*.tgz';
  expect((await made("one")).output).toContain(`next  cd one && ${install} && npm test;`);
  const readme = await readFile(join(folder, "one", "README.md"), "utf8");
  const [before = "", after] = readme.split(`\n${install}\n`);
  expect(before).toContain("npm pack . ./packages/dev");
  expect(after).toBeDefined();
});

it("templates have the versions that are tested here", async () => {
  const manifest = async (path: string) => JSON.parse(await readFile(join(root, path), "utf8"));
  const { version, devDependencies } = await manifest("package.json");
  const template = await manifest("templates/common/package.json");
  const {
    mooring,
    "mooring-dev": dev,
    ...others
  } = { ...template.dependencies, ...template.devDependencies };
  expect([mooring, dev]).toEqual([version, version]);
  for (const [name, wanted] of Object.entries(others))
    expect([name, wanted]).toEqual([name, devDependencies[name]]);
});
