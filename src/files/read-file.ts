/**
 * Reads small text files that somebody else has put in place: settings, keys, tokens, certificates. Only regular
 * files (or links to them), so that a pipe or a device in their place is an error and not a wait without end; and no
 * more than a bound, because what is read is kept.
 */
import { constants, readFileSync, type Stats, statSync } from "node:fs";
import { access, open, stat } from "node:fs/promises";
import { codeOf, textOf } from "../errors.js";

/** Larger than any bundle of certificates. */
const maxBytes = 4 * 1024 * 1024;

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "a folder";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

/** `code` is EISDIR for a folder, NOT_A_FILE for what else is no file, FILE_TOO_LARGE. */
function check(path: string, stats: Stats, most: number): void {
  const fail = (code: string, what: string) =>
    Object.assign(new Error(`${path} is ${what}.`), { code, path });
  if (stats.isDirectory()) throw fail("EISDIR", "a folder, where a file is expected");
  if (!stats.isFile()) throw fail("NOT_A_FILE", `${kindOf(stats)}, where a file is expected`);
  if (stats.size > most) throw fail("FILE_TOO_LARGE", `larger than ${most} bytes`);
}

/** What is there instead of a file, in a sentence; undefined for any other error. */
export const oddFileWords = (error: unknown): string | undefined =>
  ["NOT_A_FILE", "FILE_TOO_LARGE"].includes(codeOf(error) ?? "") ? textOf(error) : undefined;

/** Rejects, as {@link readTextFile} does, where there is no file that can be read. */
export async function checkFile(path: string): Promise<void> {
  check(path, await stat(path), Number.POSITIVE_INFINITY);
  await access(path, constants.R_OK);
}

/** Rejects with Node's error, or with one of the codes above. */
export async function readTextFile(path: string, most = maxBytes): Promise<string> {
  // Before it is opened: a pipe that nobody writes to would keep that waiting.
  check(path, await stat(path), most);
  const file = await open(path, "r");
  try {
    return await file.readFile("utf8");
  } finally {
    await file.close();
  }
}

/** Throws as {@link readTextFile}. */
export function readTextFileSync(path: string): string {
  check(path, statSync(path), maxBytes);
  return readFileSync(path, "utf8");
}
