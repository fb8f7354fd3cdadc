/**
 * Writes docs/options.md from the option tables of the sources. With --check it writes nothing and exits 1 when the
 * file is stale.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const root = new URL("../", import.meta.url);
const jiti = createJiti(import.meta.url);
const { optionsDocument } = await jiti.import(fileURLToPath(new URL("scripts/options-document.ts", root)));

const path = "docs/options.md";
const formatted = execFileSync(
  fileURLToPath(new URL("node_modules/.bin/biome", root)),
  ["format", `--stdin-file-path=${path}`],
  { cwd: fileURLToPath(root), input: `${optionsDocument}\n` },
).toString();

function committed() {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch {
    return "";
  }
}

if (process.argv.includes("--check")) {
  if (committed() !== formatted) {
    console.error(`${path} is stale: run node scripts/options.mjs`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(new URL(path, root), formatted);
}
