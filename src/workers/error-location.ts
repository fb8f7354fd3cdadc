/** Where in a user's files an error arose: the first location of its stack that is neither Node's, ours nor a package's. */
import { dirname, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ours = dirname(fileURLToPath(import.meta.url)) + sep;

const path = String.raw`((?:file:\/\/)?(?:\/|[A-Za-z]:[\\/]).*?)`;

/** Above some errors of the loader, instead of their message: `file:///app/a.mjs:3`. */
const heading = new RegExp(`^${path}:(\\d+)$`);

/** `    at run (file:///app/a.mjs:3:7)` */
const frame = new RegExp(`^\\s+at (?:.*?[\\s(])?${path}:(\\d+):\\d+\\)?$`);

/** Undefined where there is none: anything may stand there, and what cannot be printed has none. */
export function stackOf(error: Error): string | undefined {
  try {
    return typeof error.stack === "string" ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

/** `file:line`; undefined when no location of the stack is in the user's files. `module` is one of them wherever it is. */
export function locationInStack(error: Error, module: string): string | undefined {
  for (const [index, line] of (stackOf(error) ?? "").split("\n").entries()) {
    const [, at = "", number] = (index === 0 ? heading : frame).exec(line) ?? [];
    if (at === "") continue;
    const file = at.startsWith("file://") ? fileURLToPath(at) : at;
    const isForeign = file.startsWith(ours) || file.includes(`${sep}node_modules${sep}`);
    if (file === module || !isForeign) return `${file}:${number}`;
  }
  return undefined;
}
