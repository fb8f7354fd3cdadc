// Fails when src/gen is not what proto/ generates: generates anew into a temporary folder and compares.
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = (name) => join(root, "node_modules", ".bin", name);
const scratch = mkdtempSync(join(tmpdir(), "mooring-generated-"));

const files = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

try {
  execFileSync(bin("buf"), ["lint", "proto"], { cwd: root, stdio: "inherit" });
  const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}` };
  execFileSync(bin("buf"), ["generate", "proto", "--template", "proto/buf.gen.yaml", "-o", scratch], {
    cwd: root,
    env,
    stdio: "inherit",
  });
  const fresh = join(scratch, "src", "gen");
  cpSync(join(root, "biome.json"), join(scratch, "biome.json"));
  const committed = join(root, "src", "gen");
  const names = files(fresh);
  const isSame =
    names.join() === files(committed).join() &&
    names.every((name) => normalized(join(fresh, name)) === normalized(join(committed, name)));
  if (!isSame) {
    console.error("src/gen is stale: run npm run generate and commit what it changes.");
    process.exitCode = 1;
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** The committed code is formatted, the fresh one not yet: the same formatter is run over both. */
function normalized(path) {
  return execFileSync(bin("biome"), ["format", "--stdin-file-path=src/gen/x.ts"], {
    cwd: root,
    input: readFileSync(path),
  }).toString();
}
