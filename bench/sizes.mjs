// How much is downloaded and installed: the package, and the runtime dependencies with theirs.
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The inspector page is not needed to run anything. */
const isPage = (path) => path.startsWith("dist/inspector/");

/** In bytes; `withoutPage` is by what the page's files take when compressed by themselves. */
export function packedSize() {
  const [{ size, unpackedSize, files }] = JSON.parse(
    execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: root, encoding: "utf8" }),
  );
  const page = files.filter(({ path }) => isPage(path));
  const pageSize = page.reduce((sum, { path }) => sum + gzipSync(readFileSync(join(root, path))).length, 0);
  return { packed: size, withoutPage: size - pageSize, unpacked: unpackedSize };
}

function folderSize(folder) {
  let size = 0;
  for (const name of readdirSync(folder)) {
    // Nested dependencies are counted by themselves.
    if (name === "node_modules") continue;
    const path = join(folder, name);
    const stat = lstatSync(path);
    size += stat.isDirectory() ? folderSize(path) : stat.size;
  }
  return size;
}

/** Where Node would find a package that the one in `from` names. */
function locate(name, from) {
  for (let folder = from; folder.startsWith(root.replace(/\/$/, "")); folder = join(folder, "..")) {
    const found = join(folder, "node_modules", name);
    if (existsSync(found)) return found;
  }
  return undefined;
}

/** Packages that `names` need, each once, and their bytes on disk. */
export function installedSize(names) {
  const folders = new Set();
  const visit = (name, from) => {
    const folder = locate(name, from);
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    const { dependencies = {} } = manifest(folder);
    for (const one of Object.keys(dependencies)) visit(one, folder);
  };
  for (const name of names) visit(name, root);
  return { packages: folders.size, bytes: [...folders].reduce((sum, one) => sum + folderSize(one), 0) };
}

export const runtimeDependencies = () => Object.keys(manifest(root).dependencies);
