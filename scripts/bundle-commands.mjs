/**
 * Makes packages/dev/commands/: commands that few need or that take large libraries, each in one minified file with all
 * that it needs, and the licences of what they contain. An argument names another folder.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { originOf } from "./package-origin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, "packages", "dev", "commands"));
const commands = {
  mcp: "build/src/mcp/index.js",
  top: "build/src/top/index.js",
  inspector: "build/src/inspect/dev/index.js",
};

/** The folders of the packages whose modules are in a bundle. */
const packagesIn = (modules) =>
  Object.keys(modules).flatMap(
    (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll("\\", "/"))?.[0] ?? [],
  );

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

const packages = new Set();
for (const [name, input] of Object.entries(commands)) {
  const made = await rolldown({ cwd: root, input, platform: "node" });
  const { output } = await made.generate({
    format: "esm",
    minify: { mangle: { keepNames: true } },
    comments: false,
  });
  await made.close();
  const [{ code, modules }, ...others] = output;
  if (others.length > 0) throw new Error(`The command ${name} is no longer one file.`);
  writeFileSync(join(folder, `${name}.js`), code);
  for (const place of packagesIn(modules)) packages.add(place);
}
const licences = [...packages].flatMap((place) => [
  `A command contains ${originOf(place)}.`,
  readFileSync(join(place, "LICENSE"), "utf8").trimEnd(),
]);
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), `${licences.join("\n\n")}\n`);
