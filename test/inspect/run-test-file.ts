/** Runs a copied test with the sources of this repository. */
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

export async function passes(name: string, text: string): Promise<boolean> {
  const path = join(root, "test/recording", `printed-${process.pid}-${name}.test.ts`);
  onTestFinished(() => rm(path, { force: true }));
  await writeFile(path, text);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  return run(process.execPath, [vitest, "run", path], { cwd: root }).then(
    () => true,
    () => false,
  );
}
