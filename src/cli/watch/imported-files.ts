/** Which files a module consists of: itself and what it imports by relative paths, broken and missing ones included. Runs nothing. */
import { extname, resolve } from "node:path";
import { readTextFile } from "../../files/read-file.js";

/** The text of each file by its path; undefined for one that is not there. */
export type Picture = ReadonlyMap<string, string | undefined>;

/** More are not watched. */
const mostFiles = 2_000;

/** `from "./a.js"`, `import "./a.js"`, `import("./a.js")` and `require("./a.js")`. */
const imports = /\b(?:from|import|require)\s*\(?\s*["'](\.{1,2}(?:\/[^"'\n]*)?)["']/g;

const specifiersOf = (text: string): readonly string[] =>
  [...text.matchAll(imports)].map(([, specifier = ""]) => specifier.replace(/[?#].*$/, ""));

/** In TypeScript `./a.js` may be `a.ts`, and endings may be left out. */
function candidates(path: string): readonly string[] {
  const typed = path.replace(/\.([cm]?)js$/, ".$1ts");
  const endings = [".ts", ".js", ".mts", ".mjs", ".cjs", ".json"];
  return [
    path,
    ...(typed === path ? [] : [typed]),
    ...endings.map((ending) => path + ending),
    ...["/index.ts", "/index.js"].map((index) => path + index),
  ];
}

const textOf = (path: string): Promise<string | undefined> => readTextFile(path).catch(() => undefined);

async function find(path: string): Promise<readonly [string, string | undefined]> {
  for (const candidate of candidates(path)) {
    const text = await textOf(candidate);
    if (text !== undefined) return [candidate, text];
  }
  return [path, undefined];
}

const isCode = (path: string): boolean => /^\.[cm]?[jt]s$/.test(extname(path));

/** Of the module and of what it leads to, packages left out. */
export async function pictureOf(module: string): Promise<Picture> {
  const picture = new Map<string, string | undefined>([[module, await textOf(module)]]);
  // Grows while it is gone through.
  for (const [path, text] of picture) {
    if (text === undefined || !isCode(path)) continue;
    for (const specifier of specifiersOf(text)) {
      if (picture.size >= mostFiles) return picture;
      const [found, content] = await find(resolve(path, "..", specifier));
      if (!picture.has(found)) picture.set(found, content);
    }
  }
  return picture;
}

export const isSamePicture = (one: Picture, other: Picture): boolean =>
  one.size === other.size && [...one].every(([path, text]) => other.has(path) && other.get(path) === text);
