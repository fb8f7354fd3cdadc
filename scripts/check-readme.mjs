// Compiles the TypeScript examples of README.md and docs/ (blocks marked ```ts compile) against the sources.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "examples", ".readme");
const documents = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];
const blocks = documents.flatMap((document) =>
  [...readFileSync(join(root, document), "utf8").matchAll(/```ts compile(?: run)?\n([\s\S]*?)```/g)].map(
    (match) => match[1],
  ),
);
if (blocks.length === 0) {
  console.error("There is no example to compile (```ts compile).");
  process.exit(1);
}
mkdirSync(folder, { recursive: true });
try {
  for (const [i, block] of blocks.entries()) writeFileSync(join(folder, `example-${i + 1}.ts`), block);
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: { noUnusedLocals: false, paths: paths() },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { stdio: "inherit" });
  console.log(`${blocks.length} example(s) compile.`);
} catch {
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function paths() {
  const names = {
    mooring: "index.ts",
    "mooring/gateway": "gateway/index.ts",
    "mooring/testing": "testing/index.ts",
    "mooring/transport": "transport/index.ts",
  };
  return Object.fromEntries(Object.entries(names).map(([name, file]) => [name, [`../../src/${file}`]]));
}
