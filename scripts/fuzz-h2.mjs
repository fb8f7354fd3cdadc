// Bundles the fuzzer of our HTTP/2 connection into one file, and runs it: Node reads no TypeScript.

import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { build } from "rolldown";

// What a case leaves is garbage at once.
setFlagsFromString("--max-semi-space-size=64");
setFlagsFromString("--min-semi-space-size=32");

const root = fileURLToPath(new URL("..", import.meta.url));
// Where the corpus is found from, as from its source.
const file = `${root}build/fuzz/h2/fuzz-h2.mjs`;

await build({
  input: `${root}test/fuzz/h2/command.ts`,
  platform: "node",
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  output: { file, format: "esm" },
  logLevel: "warn",
});
process.chdir(root);
await import(file);
await rm(file, { force: true });
