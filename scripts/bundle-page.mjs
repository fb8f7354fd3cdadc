/**
 * Makes the folders of packages/dev/ that pages are served from, each with all that its page needs: its script in one
 * file, minified, because a page is no library that somebody reads; the licences of what the script contains.
 * inspector/ has the drawn charts and the definitions of the machines, which `mooring machines` prints, too; gateway-page/
 * its server. An argument names another folder than packages/dev.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { originOf } from "./package-origin.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "inspector");
const target = resolve(process.argv[2] ?? join(root, "packages", "dev"));

async function bundled(input, platform, minify) {
  const made = await rolldown({
    cwd: root,
    input,
    platform,
    tsconfig: join(root, "tsconfig.json"),
    resolve: { extensionAlias: { ".js": [".tsx", ".ts", ".js"] } },
  });
  const { output } = await made.generate({ format: "esm", minify, comments: false });
  await made.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`The script of ${input} is no longer one file.`);
  return chunk;
}

/** The licences of the packages that are in it. */
function licencesOf(modules) {
  const packages = new Set(
    Object.keys(modules).flatMap(
      (id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id.replaceAll("\\", "/"))?.[0] ?? [],
    ),
  );
  return [...packages].flatMap((place) => [
    `The page's script contains ${originOf(place)}.`,
    readFileSync(join(place, "LICENSE"), "utf8").trimEnd(),
  ]);
}

/** `from` is the page's place in inspector/. */
async function makePage(name, from, sheets) {
  const folder = join(target, name);
  const { code, modules } = await bundled(join(source, from, "page.tsx"), "browser", true);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "page.js"), code);
  writeFileSync(join(folder, "THIRD-PARTY-LICENSES.txt"), `${licencesOf(modules).join("\n\n")}\n`);
  const css = sheets.map((sheet) => readFileSync(join(source, sheet), "utf8"));
  writeFileSync(join(folder, "page.css"), css.join(""));
  copyFileSync(join(source, from, "index.html"), join(folder, "index.html"));
  return folder;
}

const chartSheets = ["chart/chart.css", "chart/drawing.css", "chart/details.css"];

const inspectorSheets = [
  "control/control.css",
  "requests/requests.css",
  "past/past.css",
  "sequence/sequence.css",
  "stately/stately.css",
];
const inspector = await makePage("inspector", ".", [
  "page.css",
  "fleet/fleet.css",
  ...chartSheets,
  ...inspectorSheets,
]);
for (const name of ["charts.json", "machines.json"]) copyFileSync(join(source, name), join(inspector, name));

const gatewaySheets = ["frame", "connectors", "form", "faults"].map((name) => `gateway/${name}.css`);
const gateway = await makePage("gateway-page", "gateway", ["page.css", ...chartSheets, ...gatewaySheets]);
const { code } = await bundled(join(root, "src", "gateway-page", "page.ts"), "node", false);
writeFileSync(join(gateway, "server.js"), code);
