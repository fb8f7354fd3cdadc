/** docs/options.md, and the comments of the types say of an option what its row says. */
import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { defaultInWords, documentedOptions, rowsOf } from "../../scripts/option-tables.js";
import { optionsDocument } from "../../scripts/options-document.js";
import type { Row } from "../../src/options/rows.js";

const root = new URL("../../", import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), "utf8");
const inOneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

/** The comment of each option of a type by the option's path: its text, and what follows `@default`. */
function comments(file: string, type: string): ReadonlyMap<string, readonly [string, string]> {
  const found = new Map<string, readonly [string, string]>();
  const take = (members: ts.NodeArray<ts.TypeElement>, prefix: string): void => {
    for (const member of members) {
      const path = prefix + (member.name?.getText() ?? "");
      const [comment] = ts.getJSDocCommentsAndTags(member).filter(ts.isJSDoc);
      const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === "default");
      const text = (of: ts.JSDoc | ts.JSDocTag | undefined) =>
        inOneLine(ts.getTextOfJSDocComment(of?.comment) ?? "");
      found.set(path, [text(comment), text(tag)]);
      const inner = ts.isPropertySignature(member) ? member.type : undefined;
      if (inner && ts.isTypeLiteralNode(inner)) take(inner.members, `${path}.`);
    }
  };
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  for (const one of source.statements)
    if (ts.isInterfaceDeclaration(one) && one.name.text === type) take(one.members, "");
  return found;
}

const variablesOf = ({ environment = [] }: Row): string =>
  environment.length > 0 ? ` Environment: ${environment.map((name) => `\`${name}\``).join(", ")}.` : "";

describe("the comments of", () => {
  it.each(documentedOptions.map((one) => [one.type, one] as const))("%s are their rows", (type, one) => {
    const said = comments(one.file, type);
    // Rows below an option whose type stands elsewhere are looked at there.
    const rows = rowsOf(one.table).filter(([path]) => said.has(path));
    expect(rows.length).toBeGreaterThan(0);
    for (const [path, row] of rows) {
      const [text, usually] = said.get(path) ?? [];
      expect([path, text?.slice(0, inOneLine(row.says + variablesOf(row)).length), usually]).toEqual([
        path,
        inOneLine(row.says + variablesOf(row)),
        row.required ? "" : defaultInWords(row),
      ]);
    }
  });
});

it("docs/options.md is what the tables make", () => {
  // The formatter pads tables.
  const plain = (text: string) => text.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim();
  expect(plain(read("docs/options.md"))).toBe(plain(optionsDocument));
});

const units = { "": 1, ms: 1, s: 1_000, MiB: 1024 ** 2 } as const;

/** A figure beside an option's name: `30 s (NAME`, `NAME (30,000)`. */
const figures = /([\d,]+) (ms|s|MiB) \(`([\w.]+)`|`([\w.]+)`,? \(?([\d,]+)\)/g;

it("the documents give options the defaults of their rows", () => {
  const defaults = new Map<string, Set<unknown>>();
  for (const { table } of documentedOptions)
    for (const [path, row] of rowsOf(table))
      defaults.set(path, (defaults.get(path) ?? new Set()).add(row.default));
  const documents = readdirSync(new URL("docs/", root)).filter((name) => name.endsWith(".md"));
  const told = ["README.md", ...documents.map((name) => `docs/${name}`)].flatMap((document) =>
    [...read(document).matchAll(figures)].flatMap(
      ([all, before, unit = "", after, name = after ?? "", behind = before ?? ""]) => {
        const known = defaults.get(name);
        const value = Number(behind.replaceAll(",", "")) * units[unit as keyof typeof units];
        return known ? [[`${document}: ${all}`, known.has(value)] as const] : [];
      },
    ),
  );
  expect(told.length).toBeGreaterThan(8);
  expect(told.filter(([, isDefault]) => !isDefault)).toEqual([]);
});
