// The TypeScript examples that readers meet: in README.md and docs/, and after `@example` in comments of the code.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");

const filesIn = (folder, ending) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();

/** Those marked `ts compile`. The reference has what the comments have. */
function ofDocument(document) {
  const blocks = read(document).matchAll(/```ts compile(?: run)?\n([\s\S]*?)```/g);
  return [...blocks].map(([, code]) => ({ from: document, code }));
}

/** A comment's lines begin with a star. */
function ofSource(source) {
  const text = read(source);
  const blocks = [...text.matchAll(/^ *\* @example\n *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)];
  if (blocks.length < text.split("* @example").length - 1)
    throw new Error(`${source}: an @example is a block of ts, on the next line.`);
  return blocks.map(([, lines]) => ({ from: source, code: lines.replace(/^ *\* ?/gm, "") }));
}

const documents = [
  "README.md",
  ...filesIn("docs", ".md").filter((path) => !path.startsWith(join("docs", "api"))),
];
const sources = ["src", "machines"].flatMap((folder) => filesIn(folder, ".ts"));

export const documentExamples = documents.flatMap(ofDocument);
export const commentExamples = sources.flatMap(ofSource);
