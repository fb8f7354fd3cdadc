/**
 * Owns reading and writing files that only their owner may read: created with mode 0600 in folders of 0700,
 * complete or absent, never half written. Knows nothing of their content.
 */
import { statSync } from "node:fs";
import { constants, copyFile, link, lstat, rename, stat, unlink } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "../errors.js";
import { folderAt } from "../files/folder-looks.js";
import { makeFolder } from "../files/make-folder.js";
import { readTextFile } from "../files/read-file.js";
import { syncFolder, writeBeside } from "../files/whole-file.js";
import type { Logger } from "../logger.js";

const posix = process.platform !== "win32";

/** Warns, once per path, about a file or folder that others may read or write. */
export class ModeWatch {
  readonly #logger: Logger;
  readonly #seen = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  async check(path: string): Promise<void> {
    if (!posix || this.#seen.has(path)) return;
    const { mode } = await stat(path);
    if ((mode & 0o077) === 0) return;
    this.#seen.add(path);
    this.#logger.warn(
      { path, mode: (mode & 0o777).toString(8) },
      "Others can read this path, which holds secrets: take their rights away with chmod go-rwx.",
    );
  }
}

/** Undefined where one may not look: to look at what is in it tells why, of its own path. */
function folderOf(path: string) {
  try {
    return folderAt(dirname(path));
  } catch {
    return undefined;
  }
}

/** Whether nothing can be in this folder, because nobody has made it. */
export function isFolderMissing(folder: string): boolean {
  try {
    return folderAt(folder) === "missing";
  } catch {
    return false;
  }
}

/**
 * Whether nothing is there. Where a part of the path is a file, false (Node up to 24 may throw ENOTDIR): to open the
 * path says so. Each of thousands of registrations looks for files that few have, and to open what is not there costs ten
 * times as much as to look.
 */
export function isAbsent(path: string): boolean {
  const folder = folderOf(path);
  if (folder === "missing" || folder === "impossible") return folder === "missing";
  return statSync(path, { throwIfNoEntry: false }) === undefined;
}

/** The file's text, or undefined when there is none. Rejects with Node's error when it cannot be read. */
export async function readPrivateFile(path: string, modes: ModeWatch): Promise<string | undefined> {
  try {
    if (isAbsent(path)) return undefined;
    const text = await readTextFile(path);
    await modes.check(path);
    await modes.check(dirname(path));
    return text;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** A write that fails for want of room names no file, and others the temporary one; who has to help needs the own one. */
function withPath(error: unknown, path: string): unknown {
  return error instanceof Error ? Object.assign(error, { path }) : error;
}

/** Writes a temporary file beside `path`, in a folder that nobody else should read, and returns its name. */
async function writeTemporary(path: string, text: string, modes: ModeWatch): Promise<string> {
  const folder = dirname(path);
  await makeFolder(folder);
  await modes.check(folder);
  try {
    return await writeBeside(path, [text]);
  } catch (error) {
    throw withPath(error, path);
  }
}

/** Creates the file or replaces it as a whole; durable when it resolves. */
export async function replacePrivateFile(path: string, text: string, modes: ModeWatch): Promise<void> {
  const temporary = await writeTemporary(path, text, modes);
  try {
    await renamePrivateFile(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Gives a file another name in its folder, durably, in place of what may have had that name. */
export async function renamePrivateFile(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** How file systems without hard links say so. */
const noLinks: ReadonlySet<string> = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/**
 * Rejects for what is there and can neither be read nor be made: a link to nothing counts as there for whoever makes
 * a file, and as absent for whoever reads it.
 */
async function refuseOddFile(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there?.isSymbolicLink() && isAbsent(path)) throw oddFile(path, "LINK_TO_NOTHING", "a link to nothing");
  // Gone by now: a lock was given back in this moment.
  const target = there && (await stat(path).catch(() => undefined));
  if (target && !target.isFile()) throw oddFile(path, "NOT_A_FILE", "no regular file");
}

const oddFile = (path: string, code: string, what: string) =>
  Object.assign(new Error(`${path} is ${what}: take it away.`), { code, path });

/** Creates the file as a whole, durably; false, and nothing changed, when there is one already. */
export async function createPrivateFile(path: string, text: string, modes: ModeWatch): Promise<boolean> {
  const temporary = await writeTemporary(path, text, modes);
  try {
    // A hard link, unlike a rename, never replaces: two processes that start together agree on one key.
    await link(temporary, path).catch((error: unknown) => {
      if (!noLinks.has(codeOf(error))) throw error;
      return copyFile(temporary, path, constants.COPYFILE_EXCL);
    });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
    await refuseOddFile(path);
    return false;
  } finally {
    await unlink(temporary).catch(() => {});
  }
  await syncFolder(dirname(path));
  return true;
}
