// Compiles the TypeScript examples of README.md and docs/ (blocks marked ```ts compile) and of comments (`@example`)
// against the sources.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commentExamples, documentExamples } from "./code-blocks.mjs";
import { entries } from "./entries.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples", ".readme");

if (documentExamples.length === 0 || commentExamples.length === 0) {
  console.error("There is no example to compile (```ts compile, or @example).");
  process.exit(1);
}
const examples = [...documentExamples, ...commentExamples];
/** What the compiler says names the file, so that says where the example stands. */
const fileOf = (from, place) => `${String(place + 1).padStart(3, "0")}-${from.replace(/\W+/g, "-")}.ts`;

mkdirSync(folder, { recursive: true });
try {
  for (const [i, { from, code }] of examples.entries()) writeFileSync(join(folder, fileOf(from, i)), code);
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: {
      noUnusedLocals: false,
      paths: Object.fromEntries(entries.map(([name, source]) => [name, [`../../${source}`]])),
    },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { stdio: "inherit" });
  console.log(
    `${documentExamples.length} examples of documents and ${commentExamples.length} of comments compile.`,
  );
} catch {
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
