// Puts what the TypeScript compiler does not copy beside the compiled files.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";

const from = new URL("../inspector/", import.meta.url);
const to = new URL("../dist/inspector/", import.meta.url);
mkdirSync(to, { recursive: true });
for (const name of existsSync(from) ? readdirSync(from) : []) {
  if (/\.(html|css)$/.test(name)) copyFileSync(new URL(name, from), new URL(name, to));
}
chmodSync(new URL("../dist/src/cli/main.js", import.meta.url), 0o755);
