import { execFileSync } from "node:child_process";
import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../support/run-command.js";
import { createRuntime, MooringError, threadConnector } from "./dist.js";

let directory = "";

beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "mooring-modules-")));
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const files: Readonly<Record<string, string>> = {
  "syntax.mjs": "export const a = 1;\n\nexport default { a b };\n",
  "syntax.ts": "export const a: number = 1;\n\nexport default { a b };\n",
  "importer.mjs": 'import "./syntax.mjs";\n',
  "throws.mjs": 'function deep() {\n  throw new TypeError("no such thing.\\nmore of it");\n}\ndeep();\n',
  "throws.ts": 'function deep(): never {\n  throw new TypeError("no such thing");\n}\ndeep();\n',
  "text.mjs": 'throw "just text";\n',
  "bare.mjs": "throw Object.create(null);\n",
  "bare.ts": "throw Object.create(null);\n",
  "stackless.mjs": 'throw Object.assign(new Error("no stack"), { stack: null });\n',
  "messageless.mjs": 'throw Object.assign(new Error("text"), { message: Object.create(null) });\n',
  "missing.mjs": '\nimport "./nope.js";\n',
  "missing.ts": '\nimport "./nope.js";\n',
  "package.mjs": 'import "@some/package/part";\n',
  "package.ts": 'import { a } from "some-package";\nexport const b = a;\n',
  "export.mjs": 'import "./text2.mjs";\nimport { a } from "./text2.mjs";\n',
  "text2.mjs": "export const b = 1;\n",
  "json.mjs": '\nJSON.parse("{ bad");\n',
  "waits.mjs": "export const a = await new Promise(() => {});\n",
  "waits.ts": "export const a = await new Promise(() => {});\n",
};

/** `DIR` stands for the folder. Node and the compiler have their own words after the dots. */
const told: readonly (readonly [file: string, words: RegExp])[] = [
  ["syntax.mjs", /cannot be loaded: SyntaxError: [^\n]+ \(DIR\/syntax\.mjs:3\)\.$/],
  ["syntax.ts", /cannot be loaded: SyntaxError: [^\n]+ \(DIR\/syntax\.ts:3\)\.$/],
  ["importer.mjs", /cannot be loaded: SyntaxError: [^\n]+ \(DIR\/syntax\.mjs:3\)\.$/],
  ["throws.mjs", /cannot be loaded: TypeError: no such thing\. more of it \(DIR\/throws\.mjs:2\)\.$/],
  ["throws.ts", /cannot be loaded: TypeError: no such thing \(DIR\/throws\.ts:2\)\.$/],
  ["text.mjs", /cannot be loaded: it throws "just text"\.$/],
  ["bare.mjs", /cannot be loaded: it throws a value that has no text\.$/],
  ["bare.ts", /cannot be loaded: it throws a value that has no text\.$/],
  ["stackless.mjs", /cannot be loaded: no stack\.$/],
  [
    "messageless.mjs",
    /cannot be loaded: it throws a value that has no text( \(DIR\/messageless\.mjs:1\))?\.$/,
  ],
  ["missing.mjs", /Cannot find module 'DIR\/nope\.js' imported from DIR\/missing\.mjs\.$/],
  ["missing.ts", /Cannot find module '\.\/nope\.js' \(DIR\/missing\.ts:\d+\)\.$/],
  [
    "package.mjs",
    /Cannot find package '@some\/package' imported from DIR\/package\.mjs\. Install it in that folder: npm install @some\/package\.$/,
  ],
  [
    "package.ts",
    /Cannot find module 'some-package' \(DIR\/package\.ts:1\)\. Install it in that folder: npm install some-package\.$/,
  ],
  ["export.mjs", /cannot be loaded: SyntaxError: [^\n]+'a' \(DIR\/export\.mjs:2\)\.$/],
  ["json.mjs", /cannot be loaded: SyntaxError: [^\n]+ \(DIR\/json\.mjs:2\)\.$/],
  ["waits.mjs", /never finishes loading: it waits at its top level \(await\)/],
  ["waits.ts", /never finishes loading: it waits at its top level \(await\)/],
];

async function written(file: string): Promise<URL> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return pathToFileURL(join(directory, file));
}

function expectTold(error: unknown, file: string, words: RegExp): void {
  expect(error).toBeInstanceOf(MooringError);
  const { code, message } = error as InstanceType<typeof MooringError>; // was just looked at
  expect(code).toBe("INVALID_CONFIG");
  expect(message).toContain(`The module "${join(directory, file)}" `);
  expect(message.replaceAll(directory, "DIR").replaceAll("\\", "/")).toMatch(words);
}

describe("a module that cannot be loaded", () => {
  it.each(told)("%s ends start() with what is wrong, and where", async (file, words) => {
    const runtime = createRuntime({ workers: 1, module: await written(file), env: {} });
    runtime.add({ tenantId: "t", instanceId: "i", connector: "any" });
    const error = await runtime.start().catch((caught: unknown) => caught);
    expectTold(error, file, words);
    expect(runtime.status().phase).toBe("stopped");
  });

  it.skipIf(process.platform === "win32").each([
    ["a pipe", (path: string) => execFileSync("mkfifo", [path])],
    ["a device", (path: string) => symlink("/dev/zero", path)],
  ])("%s is named, and not waited for", async (what, make) => {
    const path = join(directory, `${what.replace(" ", "-")}.mjs`);
    await make(path);
    const module = pathToFileURL(path).href;
    const words = `${path} is ${what}, where a file is expected; name the file of a module.`;
    const told = { code: "INVALID_CONFIG", message: expect.stringContaining(words) };
    await expect(threadConnector({ module })).rejects.toMatchObject(told);
    const run = await runCommand(["run", path], {});
    expect(run).toEqual({ code: 1, output: expect.stringContaining(words) });
  });

  it("is the cause of the error", async () => {
    const runtime = createRuntime({ workers: 1, module: await written("throws.mjs"), env: {} });
    runtime.add({ tenantId: "t", instanceId: "i", connector: "any" });
    const error = await runtime.start().catch((caught: unknown) => caught);
    const { cause } = error as Error; // looked at by its parts
    expect(cause).toBeInstanceOf(TypeError);
    expect((cause as Error).stack).toContain("throws.mjs:2");
  });

  it.each([
    ["throws.mjs", /TypeError: no such thing/],
    ["waits.mjs", /never finishes loading/],
  ])("%s is told by threadConnector", async (file, words) => {
    const error = await threadConnector({ module: await written(file) }).catch((caught: unknown) => caught);
    expectTold(error, file, words);
    if (file === "throws.mjs") expect((error as Error).cause).toBeInstanceOf(TypeError);
  });
});
