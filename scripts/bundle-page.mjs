/**
 * Makes packages/dev/inspector/, the inspector's page with all that it needs: its script in one file, minified, because
 * a page is no library that somebody reads; the drawn charts; the definitions of the machines, which `mooring machines`
 * prints, too; the licences of what the script contains. An argument names another folder.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { originOf } from "./package-origin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "inspector");
const folder = resolve(process.argv[2] ?? join(root, "packages", "dev", "inspector"));

const made = await rolldown({
  cwd: root,
  input: join(source, "page.tsx"),
  platform: "browser",
  tsconfig: join(root, "tsconfig.json"),
  resolve: { extensionAlias: { ".js": [".tsx", ".ts", ".js"] } },
});
const { output } = await made.generate({ format: "esm", minify: true, comments: false });
await made.close();
const [{ code, modules }, ...others] = output;
if (others.length > 0) throw new Error("The page's script is no longer one file.");

/** The folders of the packages that are in it. */
const packages = [
  ...new Set(
    Object.keys(modules).flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll("\\", "/"))?.[0] ?? [],
    ),
  ),
];
const licences = packages.flatMap((place) => [
  `The page's script contains ${originOf(place)}.`,
  readFileSync(join(place, "LICENSE"), "utf8").trimEnd(),
]);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "page.js"), code);
writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), `${licences.join("\n\n")}\n`);
const sheets = [
  "page.css",
  "fleet/fleet.css",
  "chart/chart.css",
  "chart/drawing.css",
  "chart/details.css",
  "control/control.css",
  "requests/requests.css",
  "past/past.css",
  "sequence/sequence.css",
  "stately/stately.css",
];
writeFileSync(
  join(folder, "page.css"),
  sheets.map((name) => readFileSync(join(source, name), "utf8")).join(""),
);
for (const name of ["index.html", "charts.json", "machines.json"])
  copyFileSync(join(source, name), join(folder, name));
