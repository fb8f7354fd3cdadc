/** What code, contract and documents cite stands in this repository, and what the package's code cites, in the package. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

function filesOf(folder: string, ending: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => ending.test(name))
    .map((name) => join(folder, name));
}

const shipped = ["src", "machines"].flatMap((folder) => filesOf(folder, /\.ts$/));
const citing = [
  ...shipped,
  ...["inspector", "proto", "test", "examples", "bench", "scripts"].flatMap((folder) =>
    filesOf(folder, /\.(ts|mjs|proto)$/),
  ),
  ...filesOf("docs", /\.md$/),
  ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "machines/README.md"],
].filter((path) => path !== join("test", "docs", "citations.test.ts"));

/** Documents by name, such as `docs/protocol.md`, but not as part of a web address or of a pattern. */
const documents = /(?<![\w./:*~$-])(?:[\w.-]+\/)*[\w-]+\.md\b/g;

/** `docs/protocol.md, "Heartbeats"`; further headings follow in quotes, with commas or "and". */
const headings = /((?:[\w-]+\/)*[\w-]+\.md)((?:(?:,| and|, and)\s+(?:\*\s+)?"[^"\n]+")+)/g;

/** A comment's line breaks do not matter. */
const unbroken = (text: string): string => text.replace(/\n\s*(?:\*|\/\/)?\s*/g, " ");

const places = (path: string, name: string): string[] => [
  name,
  join(dirname(path), name),
  join("docs", name),
];

const headingsOf = (path: string): string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading.trim());

function missing(path: string): string[] {
  return [...read(path).matchAll(documents)]
    .map(([name]) => name)
    .filter((name) => !places(path, name).some((place) => existsSync(join(root, place))));
}

function cited(path: string): { readonly document: string; readonly heading: string }[] {
  return [...unbroken(read(path)).matchAll(headings)].flatMap(([, document = "", list = ""]) =>
    [...list.matchAll(/"([^"]+)"/g)].map(([, heading = ""]) => ({ document, heading })),
  );
}

describe("what is cited", () => {
  it("names documents that are here", () => {
    const found = citing.flatMap((path) => missing(path).map((name) => `${path}: ${name}`));
    expect(found).toEqual([]);
  });

  it("names headings that are in them", () => {
    const found = citing.flatMap((path) =>
      cited(path)
        .filter(({ document, heading }) => !headingsOf(document).includes(heading))
        .map(({ document, heading }) => `${path}: ${document}, "${heading}"`),
    );
    expect(found).toEqual([]);
    expect(shipped.flatMap(cited).length).toBeGreaterThan(40);
  });

  it("counts no sections, but those of standards", () => {
    const counted = citing.flatMap((path) =>
      unbroken(read(path))
        .split(/(?<=[.:;)])\s/)
        .filter((sentence) => sentence.includes("§") && !/(RFC \d+|OpenID Connect Core) §/.test(sentence))
        .map((sentence) => `${path}: ${sentence.trim().slice(0, 100)}`),
    );
    expect(counted).toEqual([]);
  });

  it("comes with the package, where its code cites it", () => {
    const { files } = JSON.parse(read("package.json")) as { files: readonly string[] };
    const names = new Set(
      shipped.flatMap((path) => [...read(path).matchAll(documents)].map(([name]) => name)),
    );
    const isPacked = (name: string) =>
      !files.includes(`!${name}`) && files.some((one) => name === one || name.startsWith(`${one}/`));
    expect([...names].filter((name) => !isPacked(name))).toEqual([]);
  });
});
