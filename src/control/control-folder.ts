/**
 * The folder of control sockets. It may lie in a folder that everybody can write to, where somebody else may have made
 * it first, to be asked in our stead or to answer in our stead: only a real folder of this user, that nobody else can
 * write to, is used.
 */
import { lstat } from "node:fs/promises";
import { codeOf, MooringError } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";

const writableByOthers = 0o022;

const refused = (folder: string, why: string): MooringError =>
  new MooringError(
    "IO_ERROR",
    `The folder of control sockets ${folder} ${why}, so it is not used. Take it away, or set XDG_RUNTIME_DIR to a folder of your own, or give a path (--control).`,
  );

/** Whether it is there. Rejects with IO_ERROR when it may be somebody else's. */
export async function isControlFolder(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return false;
  if (!found.isDirectory()) throw refused(folder, "is no folder, or a link to one");
  if (process.getuid && found.uid !== process.getuid())
    throw refused(folder, `belongs to another user (${found.uid})`);
  if (found.mode & writableByOthers) throw refused(folder, "can be written by others");
  return true;
}

/** Makes it for this user alone, whatever the umask, and looks at what is there then. */
export async function makeControlFolder(folder: string): Promise<void> {
  // Its parents are not ours to make private.
  await makeFolder(folder).catch(() => {});
  if (!(await isControlFolder(folder))) throw refused(folder, "could not be made");
}
