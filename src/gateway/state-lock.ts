/**
 * Keeps a second gateway off a state folder. The lock is a folder with one file in it that names its holder, and is
 * taken by a rename, which succeeds on an empty folder only. A lock whose process has ended is emptied first, by the
 * name of that holder's own file: of many that do so at once, one gets it, and nobody takes away what that one holds.
 * So `kill -9` leaves nothing to clean up.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { codeOf, MooringError } from "../errors.js";
import { holderHere, holderIn, type LockHolder, stateOf } from "../files/lock-holder.js";
import { makeFolder } from "../files/make-folder.js";
import { oddFileWords, readTextFile } from "../files/read-file.js";
import { oddFile } from "./state-file.js";

const lockName = "gateway-state.lock";

/** Those of this process, where nothing else tells it from an earlier one with its id. */
const held = new Set<string>();

/** Of two containers with one host name and one folder, the one that is there now has followed the other. */
function isAlive(holder: LockHolder, file: string): boolean {
  const state = stateOf(holder);
  return state === "runs" || (state === "this-pid" && held.has(file));
}

/** Takes the folder, and returns how to give it back. Rejects with INVALID_CONFIG while another gateway has it. */
export async function lockState(state: string): Promise<() => Promise<void>> {
  const folder = resolve(state);
  const lock = join(folder, lockName);
  const name = randomUUID();
  const file = join(lock, name);
  const made = `${lock}.${name}`;
  held.add(file);
  try {
    await makeFolder(folder);
    await mkdir(made, { mode: 0o700 });
    await writeFile(join(made, name), JSON.stringify(holderHere()), { mode: 0o600 });
    await take(folder, lock, made);
  } catch (error) {
    held.delete(file);
    await rm(made, { recursive: true, force: true }).catch(() => {});
    if (error instanceof MooringError) throw error;
    const text = `The gateway's state folder ${folder} cannot be locked (${codeOf(error)}): state (--state) names a folder that its user may write.`;
    throw new MooringError("IO_ERROR", text, { cause: error });
  }
  return async () => {
    held.delete(file);
    await unlink(file).catch(() => {});
    await rmdir(lock).catch(() => {});
  };
}

/** What is in its way: somebody holds the lock, or did a moment ago. */
const isTaken = (error: unknown) => ["ENOTEMPTY", "EEXIST"].includes(codeOf(error) ?? "");

async function take(folder: string, lock: string, made: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    await clear(folder, lock);
    try {
      return await rename(made, lock);
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw inUse(folder, "another process");
}

/** Takes away what holders left behind that have ended. Throws when one has not. */
async function clear(folder: string, lock: string): Promise<void> {
  for (const name of await namesIn(lock)) {
    const file = join(lock, name);
    const text = await readTextFile(file).catch((error: unknown) => {
      if (codeOf(error) === "ENOENT") return undefined;
      const odd = oddFileWords(error);
      throw odd === undefined ? error : oddFile("lock", odd, error);
    });
    if (text === undefined) continue;
    const holder = holderIn(text);
    if (holder && stateOf(holder) === "another-host") throw elsewhere(folder, lock, holder);
    if (holder && isAlive(holder, file)) throw inUse(folder, `the process ${holder.pid}`);
    await unlink(file).catch(() => {});
  }
}

async function namesIn(lock: string): Promise<readonly string[]> {
  try {
    return await readdir(lock);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    if (codeOf(error) !== "ENOTDIR") throw error;
    throw new MooringError("IO_ERROR", `${lock} is no lock of a gateway: remove it.`, { cause: error });
  }
}

function inUse(folder: string, who: string): MooringError {
  return new MooringError(
    "INVALID_CONFIG",
    `The gateway's state folder ${folder} is in use by a gateway in ${who}: end that one, or give another folder with state (--state).`,
  );
}

function elsewhere(folder: string, lock: string, { host, pid }: LockHolder): MooringError {
  return new MooringError(
    "INVALID_CONFIG",
    `The gateway's state folder ${folder} is locked by a gateway on the host ${host} (process ${pid}), and whether that one still runs cannot be seen from here: end it, or when it has ended remove ${lock}.`,
  );
}
