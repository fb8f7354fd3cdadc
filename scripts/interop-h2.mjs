// Bundles the exchange of our HTTP/2 with servers that are not written in Node, and runs it: Node reads no TypeScript.

import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const root = fileURLToPath(new URL("..", import.meta.url));
const file = `${root}build/interop/h2-${process.pid}.mjs`;

await build({
  input: `${root}test/interop/h2/command.ts`,
  platform: "node",
  resolve: { extensionAlias: { ".js": [".ts", ".js"] } },
  external: (id) => !id.startsWith(".") && !id.startsWith("/"),
  output: { file, format: "esm", codeSplitting: false },
  logLevel: "warn",
});
process.chdir(root);
try {
  await import(file);
} finally {
  await rm(file, { force: true });
}
