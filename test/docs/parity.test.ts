import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");
const page = read("docs/parity.md");
const rows = page.split("\n").filter((line) => /^\| (T12|A14|A16|C1[467]|W-)/.test(line));
const labels = rows.map((row) => row.split("|")[1]?.trim() ?? "");

/** Whether a test file names the scenario in the title of a test. */
function isNamed(file: string, scenario: string): boolean {
  const [section = "", number = ""] = scenario.split(" ");
  if (section.startsWith("W-")) return read(file).includes(`[${section}]`);
  if (/^(?:A16|C1[467])$/.test(section)) {
    const numbers = [...read(file).matchAll(/\[(A16|C1[467]) ([^\]]*)\]/g)]
      .filter(([, of]) => of === section)
      .flatMap(([, , list = ""]) => list.split(/[ #]+/));
    return numbers.includes(number.slice(1));
  }
  const tags = [...read(file).matchAll(/\[((?:T12|A14)[^\]]*)\]/g)].map((match) => match[1] ?? "");
  if (section === "A14") return tags.some((tag) => tag.startsWith(scenario));
  return tags.some((tag) => tag.startsWith(`${section} `) && tag.split(" ").includes(number));
}

describe("docs/parity.md", () => {
  it.each([
    ["T12.1 G", 7],
    ["T12.2 W", 4],
    ["T12.3 I", 4],
    ["T12.4 #", 21],
    ["T12.5 #", 24],
    ["T12.6 #", 8],
    ["T12.7 #", 19],
    ["T12.9 #", 3],
    ["T12.10 #", 39],
    ["T12.11 #", 10],
    ["A16 #", 96],
    ["C14 #", 100],
    ["C16 #", 78],
    ["C17 #", 22],
    ["W-", 25],
  ])("has every scenario of %s once, and in order", (prefix, count) => {
    const numbers = Array.from({ length: count }, (_, n) => `${prefix}${n + 1}`);
    expect(labels.filter((label) => label.startsWith(prefix))).toEqual(numbers);
  });

  it("has the seventeen of A14, and nothing that is in none of these", () => {
    const known =
      /^(?:T12\.(?:1 G|2 W|3 I|4 #|5 #|6 #|7 #|9 #|10 #|11 #)\d+|A14 .+|(?:A16|C14|C16|C17) #\d+|W-\d+)$/;
    expect(labels.filter((label) => label.startsWith("A14 "))).toHaveLength(17);
    expect(labels.filter((label) => !known.test(label))).toEqual([]);
  });

  it("puts nothing off", () => {
    const shown = rows.map((row) => row.split("|")[3] ?? "");
    expect(shown.filter((cell) => /\blater\b|not yet/i.test(cell))).toEqual([]);
    expect(page).not.toMatch(/^#.*\blater\b/im);
  });

  it("says of each what it asks, in a sentence of its own words", () => {
    const asked = rows.map((row) => row.split("|")[2]?.trim() ?? "");
    expect(asked.filter((sentence) => !/^(?:[A-Z`]).{20,}\.$/.test(sentence))).toEqual([]);
  });

  it.each(rows)("%s", (row) => {
    const [, scenario = "", ...rest] = row.split("|").map((cell) => cell.trim());
    const files = [...rest.join(" ").matchAll(/`(test\/[^`]+)`/g)].map((match) => match[1] ?? "");
    expect(files.length > 0 || row.includes("Differs: ")).toBe(true);
    expect(files.filter((file) => !isNamed(file, scenario))).toEqual([]);
  });

  it("has a row for every label of these that a test has", () => {
    const files = readdirSync(new URL("test/", root), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => `test/${name.replaceAll("\\", "/")}`);
    const shown = new Map(rows.map((row) => [row.split("|")[1]?.trim() ?? "", row]));
    const stray = files
      .filter((file) => file !== "test/docs/parity.test.ts")
      .flatMap((file) =>
        [...read(file).matchAll(/\[(C1[467]) ([^\]]*)\]/g)].flatMap(([, section = "", list = ""]) =>
          list
            .split(" ")
            .filter((number) => !shown.get(`${section} ${number}`)?.includes(`\`${file}\``))
            .map((number) => `${section} ${number} in ${file}`),
        ),
      );
    expect(stray).toEqual([]);
  });
});
