/** Files that are complete or absent: written beside their place first, then put there by whoever asked. */
import { randomBytes } from "node:crypto";
import { open, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes and syncs a file of its owner's (mode 0600) beside `path`, and returns its name. Rejects with Node's error and
 * leaves nothing behind.
 */
export async function writeBeside(
  path: string,
  pieces: Iterable<string> | AsyncIterable<string>,
): Promise<string> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(temporary, "wx", 0o600);
  try {
    try {
      for await (const piece of pieces) await file.writeFile(piece, "utf8");
      await file.sync();
    } finally {
      // Some file systems find out here that there is no room.
      await file.close();
    }
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
  return temporary;
}

/** Makes a new name in a folder durable; on Windows a folder cannot be synced. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
