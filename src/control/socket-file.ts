/** The place of a control socket on disk: its folder, and what an earlier process has left there. */
import { lstat, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { dirname } from "node:path";
import { codeOf } from "../errors.js";

/** Bytes of a socket's path; what is longer, older versions of Node cut without a word. */
const mostBytes = process.platform === "linux" ? 107 : 103;

const failed = (code: string) => Object.assign(new Error(code), { code });

/** Whether a process listens at a socket. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => {
      if (codeOf(error) === "ECONNREFUSED" || codeOf(error) === "ENOENT") resolve(false);
      else reject(error);
    });
  });
}

/**
 * Takes away the socket of a process that has ended. Rejects with the system's error;
 * EADDRINUSE when somebody answers there, EEXIST when a file is there that is no socket, ENOTDIR when one is in the
 * folder's place, ENAMETOOLONG.
 */
export async function makeRoomForSocket(path: string): Promise<void> {
  if (Buffer.byteLength(path) > mostBytes) throw failed("ENAMETOOLONG");
  // A folder that is misspelt must not be made.
  const folder = await stat(dirname(path));
  if (!folder.isDirectory()) throw failed("ENOTDIR");
  const found = await lstat(path).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (!found) return;
  if (!found.isSocket()) throw failed("EEXIST");
  if (await isAnswered(path)) throw failed("EADDRINUSE");
  await rm(path, { force: true });
}
