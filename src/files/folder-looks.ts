/**
 * What a look at a folder has found, for as long as nothing else can have happened in this process: until the promises at
 * hand have gone on. Thousands of registrations look for files in the same few folders, most of which nobody has made.
 */
import { statSync } from "node:fs";
import { dirname } from "node:path";

/** `missing`: nothing is there, and it could be made. `impossible`: it, or a part of its path, is no folder. */
type Found = "there" | "missing" | "impossible";

const found = new Map<string, Found>();

function look(folder: string): Found {
  const entry = statSync(folder, { throwIfNoEntry: false });
  if (entry) return entry.isDirectory() ? "there" : "impossible";
  const above = dirname(folder);
  return above !== folder && folderAt(above) === "impossible" ? "impossible" : "missing";
}

/** Throws Node's error where one may not look; that is not remembered. */
export function folderAt(folder: string): Found {
  const before = found.get(folder);
  if (before) return before;
  // Before any callback of the event loop, which may bring a file that was made.
  if (found.size === 0) process.nextTick(() => found.clear());
  const now = look(folder);
  found.set(folder, now);
  return now;
}
