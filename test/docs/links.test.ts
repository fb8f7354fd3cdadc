import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = (path: string) => readFileSync(path, "utf8").replace(/^```[\s\S]*?^```/gm, "");

/** The name that a heading has in an address. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");

/** Of headings with one name the second has a number, and so on; others are named by hand. */
function anchorsOf(path: string): readonly string[] {
  const times = new Map<string, number>();
  const headings = [...text(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => {
    const anchor = anchorOf(heading);
    const before = times.get(anchor) ?? 0;
    times.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return [...headings, ...[...text(path).matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id)];
}

function isBroken(document: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? document : join(dirname(document), path);
  return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
}

/** What is made, or not ours. */
const skipped: ReadonlySet<string> = new Set(["node_modules", "build", "dist"]);

function documentsIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".") && !skipped.has(entry.name))
      return documentsIn(path);
    return entry.isFile() && /\.md$|^llms\.txt$/.test(entry.name) ? [path] : [];
  });
}

const documents = documentsIn("");

it("all documents are looked at", () => {
  expect(documents).toEqual(
    expect.arrayContaining([
      "README.md",
      "llms.txt",
      join("docs/api/mooring.md"),
      join("packages", "dev", "README.md"),
    ]),
  );
});

it.each(documents)("every link of %s leads to a file, and to a heading of it", (name) => {
  const document = join(root, name);
  const links = [...text(document).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? "");
  const local = links.filter((link) => !/^[a-z]+:/.test(link));
  expect(local.filter((link) => isBroken(document, link))).toEqual([]);
});
