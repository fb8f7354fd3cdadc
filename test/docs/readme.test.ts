import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { publicStates } from "../../machines/public-states.js";
import { defaultInWords, rowsOf } from "../../scripts/option-tables.js";
import { adviceFor } from "../../src/runtime/advice.js";
import { environmentNames } from "../../src/runtime/environment-variables.js";
import { runtimeOptions } from "../../src/runtime/option-table.js";
import { transportNames } from "../../src/transport/adapters.js";

const root = new URL("../../", import.meta.url);
// Tables are padded by the formatter.
const read = (path: string) => readFileSync(new URL(path, root), "utf8").replace(/ +/g, " ");
const readme = read("README.md");
const using = read("docs/using.md");
const troubleshooting = read("docs/troubleshooting.md");

const codesIn = (text: string) => [...text.matchAll(/`([a-z]+-[a-z-]+)`/g)].map((match) => match[1] ?? "");

describe("docs/using.md", () => {
  it("says of the options it names what their rows say", () => {
    const rows = new Map(rowsOf(runtimeOptions));
    const named = [...using.matchAll(/^\| `(\w+)` \| ([^|]*?) ?\| (?:`(\w+)` )?\| /gm)].filter(
      ([, name = ""]) => name in runtimeOptions,
    );
    expect(named.length).toBeGreaterThan(4);
    for (const [, name = "", told, variable] of named) {
      const row = rows.get(name);
      // An option with options of its own has no row.
      if (row) expect([name, told]).toEqual([name, defaultInWords(row)]);
      if (variable) expect(Object.keys(environmentNames)).toContain(variable);
    }
  });
});

describe("docs/troubleshooting.md", () => {
  it("has causes that are real, in its table and in the README", () => {
    const causes = [...codesIn(troubleshooting), ...codesIn(readme)];
    const known = new Set<string>([...Object.keys(adviceFor), ...transportNames]);
    expect(causes.length).toBeGreaterThan(8);
    expect(causes.filter((cause) => !known.has(cause))).toEqual([]);
  });
});

describe("the README", () => {
  it("has the public states, in its table and its diagram", () => {
    for (const state of publicStates) expect(readme).toContain(`| \`${state}\` |`);
    const [, diagram = ""] = /```mermaid\n([\s\S]*?)```/.exec(readme) ?? [];
    const drawn = [...diagram.matchAll(/^ *(\w+) -->|--> (\w+)/gm)].map(([, from, to]) => from ?? to);
    expect([...new Set(drawn)].sort()).toEqual([...publicStates].sort());
  });

  it("is read in a few minutes", () => {
    expect(readme.split("\n").length).toBeLessThan(150);
  });

  it("says of each page of the documentation what it is", () => {
    const readOn = readme.slice(readme.indexOf("## Read on"));
    const pages = readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`);
    expect(pages.filter((page) => !readOn.includes(page))).toEqual([]);
  });
});
