/** docs/operating.md tells the exit codes that the command line has. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { exitCodes, exitHelp, exitOfAny, exitRows } from "../../src/cli/exit-codes.js";

const root = new URL("../../", import.meta.url);
const text = (path: string) => readFileSync(new URL(path, root), "utf8");

const inWords = (codes: readonly (readonly [number, string])[]) =>
  codes.map(([code, meaning]) => `${code}: ${meaning}`).join("; ");

const row = (name: string, codes: readonly (readonly [number, string])[]) =>
  `| ${name} | ${inWords(codes)} |`;

it("has the table of src/cli/exit-codes.ts", () => {
  const wanted = [
    ...exitRows.map(({ commands, codes }) => row(commands.map((one) => `\`${one}\``).join(", "), codes)),
    row("any", exitOfAny),
  ];
  const [, section = ""] = text("docs/operating.md").split("## Exit codes");
  // The formatter pads tables.
  const found = (section.split("\n## ")[0] ?? "")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| command"))
    .map((line) => line.replace(/ +/g, " ").trim());
  expect(found).toEqual(wanted);
});

const sources = readdirSync(new URL("src/cli/", root))
  .filter((name) => name.endsWith("-commands.ts") || name === "main.ts")
  .map((name) => text(`src/cli/${name}`));

it("tells how each command ends, once", () => {
  const named = sources.flatMap((source) => [
    ...source.matchAll(/\b(?:command|asking)\(\s*"([a-z-]+)"/g),
    ...source.matchAll(/^ {4}\["([a-z]+)", "/gm),
  ]);
  const commands = named.map(([, name = ""]) => name).sort();
  expect(commands).toContain("approve");
  expect(exitRows.flatMap(({ commands: some }) => some).sort()).toEqual(commands);
});

it("no command has a code of its own", () => {
  const found = readdirSync(new URL("src/cli/", root), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .filter((name) =>
      /exitCode (?:\|\|)?= \d|process\.exit\(\d/.test(text(`src/cli/${name.replaceAll("\\", "/")}`)),
    );
  expect(found).toEqual([]);
});

it("the help of a command has its codes, and those of any", () => {
  expect(exitHelp("status")).toBe(
    [
      "",
      "Exit codes:",
      "  0    every registration is ready; with a key, that one",
      "  1    one is not",
      "  2    nobody could be asked, or the key is none",
    ].join("\n"),
  );
  expect(exitHelp("run")).toContain(`  ${exitCodes.terminated}  SIGTERM has, likewise`);
  expect(exitHelp("run")).toContain("  2    an unknown command or option");
});
