/** A figure, a pattern, a list of words or a function that stands in two files of the product has to stand in one. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Smaller figures, such as 0, 2 and 80, are often the same by chance. */
const telling = 1_000;
const tellingCharacters = 90;

/** What stands twice, and why it may. */
const allowed: Readonly<Record<string, string>> = {
  "maxtimerms = 2147483647": "machines import nothing of the runtime",
  "intervalms = 30000": "of heartbeats, and of PINGs",
  "timeoutms = 10000": "of a wait in tests, and of PINGs",
  "timeoutms = 5000": "of a tool's call, and of a sink's request: the protocol has both",
  "maxbytes = 4194304": "of a file, and of the outbox",
  "/^https?:\\/\\//": "of a schema's address, and of an origin",
  '{ return this.#places.take(() => { if (this.#places.taken === 0 && this.state === "draining") this.close(); }); }':
    "each kind of channel closes itself",
};

/** The value of a figure that is written out, such as `4 * 1024 * 1024`. */
function figureOf(node: ts.Node): number | undefined {
  if (ts.isNumericLiteral(node)) return Number(node.text);
  if (ts.isParenthesizedExpression(node)) return figureOf(node.expression);
  if (!ts.isBinaryExpression(node)) return undefined;
  const [left, right] = [figureOf(node.left), figureOf(node.right)];
  if (left === undefined || right === undefined) return undefined;
  switch (node.operatorToken.kind) {
    case ts.SyntaxKind.AsteriskToken:
      return left * right;
    case ts.SyntaxKind.AsteriskAsteriskToken:
      return left ** right;
    case ts.SyntaxKind.MinusToken:
      return left - right;
    case ts.SyntaxKind.PlusToken:
      return left + right;
    default:
      return undefined;
  }
}

/** `defaultTimeoutMs`, `options.timeoutMs ?? …` and `{ timeoutMs: … }` name the same. */
const plain = (name: string): string => name.replace(/^(default|usual)(?=[A-Z])/, "").toLowerCase();

const lastName = (node: ts.Node): string => node.getText().split(/[.?]+/).at(-1) ?? "";

/** A name and the value that it is given, for whatever gives one. */
function given(node: ts.Node): readonly [string, ts.Node] | undefined {
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken)
    return [lastName(node.left), node.right];
  const isNaming =
    ts.isVariableDeclaration(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isParameter(node) ||
    ts.isBindingElement(node) ||
    ts.isPropertyDeclaration(node);
  return isNaming && node.initializer ? [namedBy(node), node.initializer] : undefined;
}

/** The default in a row of an option table is the option's. */
function namedBy(node: ts.NamedDeclaration): string {
  const name = node.name?.getText() ?? "";
  if (name !== "default") return name;
  const option = ts.findAncestor(node.parent, ts.isPropertyAssignment);
  return option ? option.name.getText() : name;
}

const isWords = (node: ts.Node): node is ts.ArrayLiteralExpression =>
  ts.isArrayLiteralExpression(node) && node.elements.length > 1 && node.elements.every(ts.isStringLiteral);

const inOneLine = (node: ts.Node): string => node.getText().replace(/\s+/g, " ");

/** What a part of a program says that must be said once. */
function saidBy(node: ts.Node): string | undefined {
  if (ts.isRegularExpressionLiteral(node) && node.text.length > 12) return node.text;
  if (isWords(node))
    return node.elements
      .map((one) => one.getText())
      .sort()
      .join(" ");
  const isBody = ts.isBlock(node) || (ts.isArrowFunction(node) && !ts.isBlock(node.body));
  if (isBody && inOneLine(node).length > tellingCharacters) return inOneLine(node);
  const [name, value] = given(node) ?? [];
  const figure = value && figureOf(value);
  if (name === undefined || figure === undefined || figure < telling) return undefined;
  return `${plain(name)} = ${figure}`;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.startsWith("gen"))
    .map((name) => join(folder, name));
}

function saidTwice(): ReadonlyMap<string, ReadonlySet<string>> {
  const places = new Map<string, Set<string>>();
  for (const path of ["machines", "src", "inspector"].flatMap(sources)) {
    const file = ts.createSourceFile(
      path,
      readFileSync(join(root, path), "utf8"),
      ts.ScriptTarget.Latest,
      true,
    );
    const visit = (node: ts.Node): void => {
      const said = saidBy(node);
      if (said !== undefined) places.set(said, (places.get(said) ?? new Set()).add(path));
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return new Map([...places].filter(([, files]) => files.size > 1));
}

const twice = saidTwice();

it("says nothing in two files", () => {
  const found = [...twice].filter(([said]) => !(said in allowed));
  expect(found.map(([said, files]) => `${said}: ${[...files].join(", ")}`)).toEqual([]);
});

it("allows nothing that is no longer said twice", () => {
  expect(Object.keys(allowed).filter((said) => !twice.has(said))).toEqual([]);
});
