/** How dist is made. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { type OutputChunk, rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);

const { withoutIdleHelpers } = (await import(pathToFileURL(join(root, "scripts/helper-chunk.mjs")).href)) as {
  withoutIdleHelpers(chunks: readonly OutputChunk[]): readonly OutputChunk[];
};

const { inOneByte } = (await import(pathToFileURL(join(root, "scripts/one-byte.mjs")).href)) as {
  inOneByte(code: string): string;
};

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-bundle-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** What two entries with a chunk in common become, written to a folder. */
async function bundle(shared: string): Promise<string> {
  const source = await folder();
  const written = await folder();
  const files = {
    "package.json": '{ "type": "module" }',
    "values.js": "export const a = 1;\nexport const b = 2;\n",
    "shared.js": shared,
    "one.js": 'import { value } from "./shared.js";\nconsole.log(value);\n',
    "two.js": 'import { value } from "./shared.js";\nconsole.log(value, 2);\n',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const made = await rolldown({
    cwd: source,
    input: { one: join(source, "one.js"), two: join(source, "two.js") },
    platform: "node",
    treeshake: false,
  });
  const { output } = await made.generate({
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "chunk-[name].js",
    codeSplitting: { groups: [{ name: "shared", test: /shared\.js$/ }] },
  });
  await made.close();
  await writeFile(join(written, "package.json"), '{ "type": "module" }');
  for (const { fileName, code } of withoutIdleHelpers(output as unknown as OutputChunk[]))
    await writeFile(join(written, fileName), code);
  return written;
}

describe("the bundler's helper chunk", () => {
  it("stays where code needs it", async () => {
    const written = await bundle(
      'import * as everything from "./values.js";\nexport const value = Object.keys(everything).join();\n',
    );
    expect((await run(process.execPath, [join(written, "one.js")])).stdout).toBe("a,b\n");
  });

  it("is left out where none does", async () => {
    const written = await bundle('import { a } from "./values.js";\nexport const value = a;\n');
    expect((await run(process.execPath, [join(written, "one.js")])).stdout).toBe("1\n");
    expect((await readdir(written)).sort()).toEqual(["chunk-shared.js", "one.js", "package.json", "two.js"]);
  });
});

describe("code in one byte a character", () => {
  it("means the same", () => {
    const code = 'const é = { text: "a → 😀", shown: `…`, is: /^[…😀]$/u.test("😀") }; é';
    const written = inOneByte(code);
    expect(written).toMatch(/^[\0-\x7f]+$/);
    expect(runInNewContext(written)).toEqual(runInNewContext(code));
  });

  it.each(['"\\é"', "String.raw`a…`"])("is not made of %s, which would mean something else", (code) => {
    expect(() => inOneByte(code)).toThrow("Write an escape yourself");
  });
});

describe("scripts/bundle.mjs", () => {
  it("publishes no file of before, and names chunks by what they are", async () => {
    const made = await folder();
    await writeFile(join(made, "stale.js"), "");
    await run(process.execPath, [join(root, "scripts/bundle.mjs"), made]);
    const files = await readdir(made);
    expect(files).not.toContain("stale.js");
    const chunks = files.filter((name) => name.startsWith("chunk-"));
    for (const name of files.filter((file) => file.endsWith("js")))
      expect(await readFile(join(made, name), "utf8")).toMatch(/^[\0-\x7f]*$/);
    expect(chunks).toContain("chunk-grpc-js.js");
    expect(chunks.filter((name) => /\d\.js$|rolldown/.test(name))).toEqual(["chunk-h2.js", "chunk-http2.js"]);
  });
});

describe("scripts/bundle-page.mjs", () => {
  let made = "";

  beforeAll(async () => {
    made = await mkdtemp(join(tmpdir(), "mooring-bundle-"));
    await mkdir(join(made, "inspector"));
    await writeFile(join(made, "inspector", "stale.js"), "");
    await run(process.execPath, [join(root, "scripts/bundle-page.mjs"), made]);
  });

  afterAll(() => rm(made, { recursive: true, force: true }));

  it("makes pages of few files, with the licences of what their scripts contain", async () => {
    const files = ["THIRD-PARTY-LICENSES.txt", "index.html", "page.css", "page.js"];
    const filesOf = async (name: string) => (await readdir(join(made, name))).sort();
    expect(await filesOf("inspector")).toEqual([...files, "charts.json", "machines.json"].sort());
    expect(await filesOf("gateway-page")).toEqual([...files, "server.js"].sort());
    // Where a button leads, when somebody asks for it.
    const known = { inspector: ["https://stately.ai"], "gateway-page": ["http://127.0.0.1"] };
    for (const [name, led] of Object.entries(known)) {
      const script = await readFile(join(made, name, "page.js"), "utf8");
      // What is imported stands first; further on the script has texts of programs that it prints.
      expect(script.slice(0, 200)).not.toMatch(/^import\b/m);
      const addresses = script.match(/https?:\/\/[\w.]+/g) ?? [];
      expect(addresses.filter((one) => one !== "http://www.w3.org" && !led.includes(one))).toEqual([]);
    }
  });

  it("makes a server of the gateway's page that needs no package", async () => {
    const server = await readFile(join(made, "gateway-page", "server.js"), "utf8");
    const imported = [...server.matchAll(/^import .*from "([^"]+)"/gm)].map(([, name = ""]) => name);
    expect(imported.filter((name) => !name.startsWith("node:"))).toEqual([]);
  });
});
