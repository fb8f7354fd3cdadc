/** Where a file that cannot be parsed goes wrong: Node keeps that to itself for modules. Runs nothing of them. */
import { fileURLToPath, pathToFileURL } from "node:url";
import { readTextFile } from "../files/read-file.js";
import { hasTool, loadTool } from "../tools.js";

/** How many files are looked through, at most. */
const mostFiles = 200;

/** What the compiler of TypeScript writes in place of a file that it cannot parse. */
const failure = /^exports\.__JITI_ERROR__ = (\{.*\})/;

function importsOf(source: string, path: string): readonly string[] {
  const specifiers = source.matchAll(/\b(?:from|import)\s*\(?\s*["'](\.{1,2}\/[^"']+\.m?js)["']/g);
  return [...specifiers].map(([, specifier = ""]) => fileURLToPath(new URL(specifier, pathToFileURL(path))));
}

/** `file:line` of what cannot be parsed in a module or in what it imports by relative paths. */
export async function findSyntaxError(module: string): Promise<string | undefined> {
  // Without it nobody tells, and the error keeps its own words.
  if (!hasTool("jiti")) return undefined;
  const { createJiti } = await loadTool("jiti");
  const jiti = createJiti(import.meta.url, { fsCache: false });
  const files = new Set([module]);
  for (const path of files) {
    const source = await readTextFile(path).catch(() => "");
    const told = failure.exec(jiti.transform({ source, filename: path, async: true }))?.[1];
    if (told !== undefined) {
      const { line } = JSON.parse(told) as { line: number }; // as the compiler writes it
      return `${path}:${line}`;
    }
    for (const imported of importsOf(source, path)) if (files.size < mostFiles) files.add(imported);
  }
  return undefined;
}
