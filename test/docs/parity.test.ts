import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const rows = read("docs/parity.md")
  .split("\n")
  .filter((line) => /^\| (T12|A14|A16|W-)/.test(line));

/** Whether a test file names the scenario in the title of a test. */
function isNamed(file: string, scenario: string): boolean {
  const [section = "", number = ""] = scenario.split(" ");
  const tags = [...read(file).matchAll(/\[((?:T12|A14|A16|W-)[^\]]*)\]/g)].map((match) => match[1] ?? "");
  if (section === "A14" || section.startsWith("W-")) return tags.some((tag) => tag.startsWith(scenario));
  return tags.some((tag) => tag.startsWith(`${section} `) && tag.split(" ").includes(number));
}

describe("docs/parity.md", () => {
  it("has every scenario of this stage", () => {
    const count = (prefix: string) => rows.filter((row) => row.startsWith(`| ${prefix} `)).length;
    expect(["T12.1", "T12.4", "T12.5", "T12.6", "A14"].map(count)).toEqual([7, 21, 24, 8, 14]);
    const keysAndFiles = [24, 25, 26, 27, 28, 29, 30, 31, 41, 42, 43, 44, 45, 46].map((n) => `A16 #${n}`);
    expect([...keysAndFiles, "W-11", "W-12", "W-13", "W-14"].map(count)).toEqual(Array(18).fill(1));
  });

  it.each(rows)("%s", (row) => {
    const [, scenario = "", ...rest] = row.split("|").map((cell) => cell.trim());
    const files = [...rest.join(" ").matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? "");
    const isReasoned = /Later|cannot be set|scenario 78/.test(row);
    expect(files.length > 0 || isReasoned).toBe(true);
    if (!isReasoned) expect(files.filter((file) => !isNamed(file, scenario))).toEqual([]);
  });
});
