// Builds dist/, and says what it does: it takes a while, and `npm start` and `npm test` begin with it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const steps = [
  ["compiling TypeScript", ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]],
  ["bundling dist/", ["scripts/bundle.mjs"]],
  ["bundling the pages", ["scripts/bundle-page.mjs"]],
  ["bundling the commands of mooring-dev", ["scripts/bundle-commands.mjs"]],
];

const seconds = (since) => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

// On stderr: what a command prints on stdout may be read by a program.
const begun = performance.now();
for (const [i, [what, args]] of steps.entries()) {
  process.stderr.write(`build ${i + 1}/${steps.length}: ${what} …\n`);
  const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status === 0) continue;
  process.stderr.write(`build: ${what} failed${error ? `: ${error.message}` : ""}.\n`);
  process.exit(status || 1);
}
process.stderr.write(`build: done in ${seconds(begun)}\n`);
