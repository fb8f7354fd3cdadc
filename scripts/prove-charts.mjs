/**
 * Lives a million events both ways, planned and plain, with XState as it is published (the tests have its build for
 * development). Options: --events N, --seed N.
 */
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000000" },
    seed: { type: "string", default: String(Date.now() % 1e9) },
  },
});
const root = fileURLToPath(new URL("..", import.meta.url));
// Below the root, so that XState is found from there.
const file = `${root}build/many-lives.${process.pid}.mjs`;

const bundle = await rolldown({
  input: `${root}test/chart-plan/many-lives.ts`,
  platform: "node",
  external: [/^xstate/, /^node:/],
});
await bundle.write({ file, format: "esm" });
await bundle.close();
console.log(`seed ${values.seed}`);
try {
  const { status } = spawnSync(process.execPath, [file, values.events, values.seed], { stdio: "inherit" });
  process.exitCode = status ?? 1;
} finally {
  rmSync(file, { force: true });
}
