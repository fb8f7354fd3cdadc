/**
 * Writes docs/options.md from the option tables of the sources. With --check it writes nothing and exits 1 when the
 * file is stale.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const root = new URL("../", import.meta.url);
const jiti = createJiti(import.meta.url);
const { optionsDocument } = await jiti.import(fileURLToPath(new URL("scripts/options-document.ts", root)));

const path = "docs/options.md";
// As it is: aligned columns are a tenth of what this file takes in the package.
const text = `${optionsDocument}\n`;

function committed() {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch {
    return "";
  }
}

if (process.argv.includes("--check")) {
  if (committed() !== text) {
    console.error(`${path} is stale: run node scripts/options.mjs`);
    process.exitCode = 1;
  }
} else {
  writeFileSync(new URL(path, root), text);
}
