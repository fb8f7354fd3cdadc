import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Examples marked `ts compile run` end by themselves, with 0 when what they assert holds. They use the built package. */
const root = fileURLToPath(new URL("../../", import.meta.url));

async function examplesOf(document: string): Promise<{ name: string; code: string }[]> {
  const text = await readFile(join(root, document), "utf8");
  return [...text.matchAll(/```ts compile run\n([\s\S]*?)```/g)].map((match, i) => ({
    name: `${document}, example ${i + 1}`,
    code: match[1] ?? "",
  }));
}

const documents = (await readdir(join(root, "docs"), { recursive: true })).filter((name) =>
  name.endsWith(".md"),
);
const examples = (
  await Promise.all(["README.md", ...documents.map((name) => join("docs", name))].map(examplesOf))
).flat();

describe("the examples of the documentation", () => {
  let folder = "";
  beforeAll(async () => {
    // Inside the package, so that they import it by its name.
    folder = await mkdtemp(join(root, "build", "examples-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(examples)("$name runs", async ({ name, code }) => {
    const file = join(folder, `${name.replace(/\W+/g, "-")}.mjs`);
    // That it compiles is held by npm run check:readme.
    await writeFile(
      file,
      ts.transpile(code, { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext }),
    );
    const env = { ...process.env, HOME: folder };
    const run = promisify(execFile)(process.execPath, [file], { cwd: root, env });
    await expect(run).resolves.toMatchObject({ stderr: "" });
  });

  it("are found", () => {
    expect(examples.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["README.md, example 1", "docs/testing.md, example 1"]),
    );
  });
});
