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
  if (section.startsWith("W-")) return read(file).includes(`[${section}]`);
  if (section === "A16") {
    const numbers = [...read(file).matchAll(/\[A16 ([^\]]*)\]/g)].flatMap(([, list = ""]) =>
      list.split(/[ #]+/),
    );
    return numbers.includes(number.slice(1));
  }
  const tags = [...read(file).matchAll(/\[((?:T12|A14)[^\]]*)\]/g)].map((match) => match[1] ?? "");
  if (section === "A14") return tags.some((tag) => tag.startsWith(scenario));
  return tags.some((tag) => tag.startsWith(`${section} `) && tag.split(" ").includes(number));
}

describe("docs/parity.md", () => {
  it("has every scenario of this stage", () => {
    const count = (prefix: string) => rows.filter((row) => row.startsWith(`| ${prefix} `)).length;
    expect(["T12.1", "T12.2", "T12.7", "T12.4", "T12.5", "T12.6", "A14", "A16"].map(count)).toEqual([
      7, 4, 10, 21, 24, 8, 17, 96,
    ]);
    expect(rows.filter((row) => row.startsWith("| W-"))).toHaveLength(25);
  });

  it("says of each what it asks, in a sentence of its own words", () => {
    const asked = rows.map((row) => row.split("|")[2]?.trim() ?? "");
    expect(asked.filter((sentence) => !/^(?:[A-Z`]).{20,}\.$/.test(sentence))).toEqual([]);
  });

  it.each(rows)("%s", (row) => {
    const [, scenario = "", ...rest] = row.split("|").map((cell) => cell.trim());
    const files = [...rest.join(" ").matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? "");
    const isReasoned = /Later|cannot be set|as A16 #78|Differs: |The budget is/.test(row);
    expect(files.length > 0 || isReasoned).toBe(true);
    if (!isReasoned) expect(files.filter((file) => !isNamed(file, scenario))).toEqual([]);
  });

  it("names tests of kinds that exist", () => {
    const kinds = read("docs/parity.md")
      .split("\n")
      .filter((line) => /^\| F/.test(line));
    expect(kinds.length).toBeGreaterThanOrEqual(24);
    for (const row of kinds) {
      const files = [...row.matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? "");
      expect(files.length > 0 || row.includes("Differs: ")).toBe(true);
      for (const file of files) expect(read(file).length).toBeGreaterThan(0);
    }
  });
});
