/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never ends where the system says ENOENT
 * of a folder whose parent is there, as under /proc.
 */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { codeOf } from "../errors.js";

async function made(path: string): Promise<true | { readonly error: unknown }> {
  return mkdir(path, { mode: 0o700 }).then(
    () => true as const,
    (error: unknown) => ({ error }),
  );
}

/** The first folder that was made, for this user alone; undefined when all were there. Rejects with Node's error. */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const path = resolve(folder);
  let outcome = await made(path);
  let first = path;
  // Once for each folder above, so that it ends.
  if (outcome !== true && codeOf(outcome.error) === "ENOENT" && dirname(path) !== path) {
    first = (await makeFolder(dirname(path))) ?? path;
    outcome = await made(path);
  }
  if (outcome === true) return first;
  // Of a folder that is there, some file systems say something else than EEXIST.
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) return first === path ? undefined : first;
  throw outcome.error;
}
