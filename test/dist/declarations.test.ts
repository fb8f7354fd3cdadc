/** What of the declarations is published. */
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = (name: string) => import(pathToFileURL(join(root, "scripts", name)).href);

const { writeDeclarations } = (await script("declarations.mjs")) as {
  writeDeclarations(entries: readonly string[], from: string, to: string): void;
};
const { entries } = (await script("entries.mjs")) as { entries: readonly (readonly [string, string])[] };

async function folder(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "mooring-declarations-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(made, name), text);
  return made;
}

/** The published files of an entry with this text, beside `parts.d.ts` and `apart.d.ts`. */
async function published(entry: string): Promise<Readonly<Record<string, string>>> {
  const from = await folder({
    "entry.d.ts": entry,
    "parts.d.ts": `/** Of the file. */
import { Apart, type Other } from "./apart.js";
import type { Foreign } from "foreign";
/** Of the part. */
export interface Part {
    readonly apart: Apart;
    readonly foreign: Foreign;
}
/** Of nobody. */
export interface Unused {
    readonly other: Other;
}
declare const table: {
    readonly key: import("./apart.js").Other;
};
export type Keys = keyof typeof table;
export {};
`,
    "apart.d.ts": "export interface Apart {\n}\n/** Of the other. */\nexport interface Other {\n}\n",
  });
  const to = await folder();
  writeDeclarations(["entry.d.ts"], from, to);
  const names = (await readdir(to)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(to, name), "utf8")])),
  );
}

describe("published declarations", () => {
  it("are those that the entry leads to, with their own comments", async () => {
    expect(await published('export { type Part as Piece } from "./parts.js";\n')).toEqual({
      "entry.d.ts": 'export { type Part as Piece } from "./parts.js";\nexport {};\n',
      "parts.d.ts":
        'import { Apart } from "./apart.js";\nimport { type Foreign } from "foreign";\n/** Of the part. */\n' +
        "export interface Part {\n    readonly apart: Apart;\n    readonly foreign: Foreign;\n}\nexport {};\n",
      "apart.d.ts": "export interface Apart {\n}\nexport {};\n",
    });
  });

  it("include what is not exported but used, and what is imported where it stands", async () => {
    const files = await published('import type { Keys } from "./parts.js";\nexport type Key = Keys;\n');
    expect(files["parts.d.ts"]).toContain("declare const table");
    expect(files["parts.d.ts"]).not.toContain("interface");
    expect(files["apart.d.ts"]).toContain("interface Other");
    expect(files["apart.d.ts"]).not.toContain("interface Apart");
  });

  it("do not leave out in silence what they cannot follow", async () => {
    await expect(published('export * from "./parts.js";\n')).rejects.toThrow("not followed");
  });

  it.each(entries)("[C14 #69] of %s have every name that its source exports", async (_, source) => {
    const names = (text: string) =>
      [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
        .flatMap(([, list = ""]) => list.split(","))
        .map((name) => name.trim().replace(/^type /, ""))
        .filter((name) => name !== "");
    const written = names(await readFile(join(root, source), "utf8"));
    const made = await readFile(join(root, "dist/types", source.replace(/\.ts$/, ".d.ts")), "utf8");
    expect(names(made)).toEqual(expect.arrayContaining(written));
  });
});
