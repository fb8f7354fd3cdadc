/** `docs/architecture.md` against the tree: every folder is there once; and every file that it and its neighbours name exists. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = await readFile(join(root, "docs/architecture.md"), "utf8");

/** What is made, and not written. */
const made = ["node_modules", "build", "dist"];

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  return folders.map(({ name }) => `${folder}${name}/`).filter((name) => !made.includes(name.slice(0, -1)));
}

it("has a row for each folder of the project, of src and of the transport", async () => {
  const rows = [...page.matchAll(/^\| `([^`]+\/)` +\|/gm)].map(([, folder]) => folder);
  const listed = await Promise.all(["", "src/", "src/transport/"].map(foldersIn));
  const expected = listed.flat().filter((one) => one !== "src/");
  expect(rows.sort()).toEqual(expected.sort());
});

it.each([
  ["docs/architecture.md", 60],
  ["CONTRIBUTING.md", 15],
  ["docs/transports.md", 8],
])("%s names files and folders that exist", async (name, fewest) => {
  const text = await readFile(join(root, name), "utf8");
  const named = [...text.matchAll(/[`"]((?:machines|src|scripts|test|docs)\/[\w./-]*)/g)].map(
    ([, path = ""]) => path,
  );
  expect(named.length).toBeGreaterThanOrEqual(fewest);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it("is where CONTRIBUTING and the README send whoever wants to know their way", async () => {
  for (const text of ["CONTRIBUTING.md", "README.md"])
    expect(await readFile(join(root, text), "utf8")).toContain("docs/architecture.md");
});
