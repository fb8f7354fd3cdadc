/** `llms.txt` has the form of llmstxt.org, and leads to what comes with the package. */
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const text = read("llms.txt");
const { files, exports } = JSON.parse(read("package.json")) as {
  files: readonly string[];
  exports: Readonly<Record<string, unknown>>;
};

it("is a title, a summary, and sections that are lists of links with a sentence each", () => {
  const [title, , summary, ...rest] = text.split("\n");
  expect(title).toBe("# Mooring");
  expect(summary).toMatch(/^> Mooring is .+\.$/);
  const sections = rest.join("\n").split(/^## /m).slice(1);
  expect(sections.length).toBeGreaterThan(2);
  for (const section of sections) {
    const [, ...lines] = section.trim().split("\n").filter(Boolean);
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.filter((line) => !/^- \[[^\]]+\]\([^)]+\): .+\.$/.test(line))).toEqual([]);
  }
});

it("links only to files that come with the package", () => {
  const links = [...text.matchAll(/\]\(([^)#]+)/g)].map(([, link = ""]) => link);
  const isPacked = (link: string) =>
    !files.includes(`!${link}`) && files.some((one) => link === one || link.startsWith(`${one}/`));
  expect(links.length).toBeGreaterThan(8);
  expect(links.filter((link) => !existsSync(new URL(link, root)) || !isPacked(link))).toEqual([]);
  expect(files).toContain("llms.txt");
});

it("names every entry of the package", () => {
  const names = Object.keys(exports).filter((path) => path !== "./package.json");
  expect(names.filter((path) => !text.includes(`\`${path.replace(/^\./, "mooring")}\``))).toEqual([]);
});
