/** Committed results stay readable, whoever is held to the targets today. */
import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, it } from "vitest";

interface Target {
  readonly what: string;
  readonly value: number;
  readonly verdict: string;
}

const report = fileURLToPath(new URL("../../bench/report.mjs", import.meta.url));
const { about, readResult, targetsOf } = (await import(pathToFileURL(report).href)) as {
  readResult(file: string): object | undefined;
  targetsOf(result: object): readonly Target[];
  about(result: object): string;
};

const folder = fileURLToPath(new URL("../../bench/results/", import.meta.url));
const files = readdirSync(folder).filter((name) => /^v\d+\.json$/.test(name));

it("there are committed results", () => expect(files).not.toEqual([]));

it.each(files)("%s can be held to the targets", (file) => {
  const result = readResult(`${folder}${file}`);
  const found = result === undefined ? [] : targetsOf(result);
  expect(found.length).toBeGreaterThan(10);
  for (const { what, value, verdict } of found) {
    expect(value, what).toEqual(expect.any(Number));
    expect(["met", "missed", "informs", "void"]).toContain(verdict);
  }
});

it("a result says in how many rounds its rows were measured, where some were added", () => {
  const result = {
    node: "v20.20.2",
    machine: "2 × one",
    rounds: 9,
    cold: {},
    kinds: {},
    roundsOf: { kinds: 3 },
  };
  expect(about(result)).toBe("Node 20.20.2, 2 × one, 9 round(s), 3 of kinds");
});
