/**
 * Keeps a second gateway off a state folder. The lock is a folder with one file in it that names its holder, and is
 * taken by a rename, which succeeds on an empty folder only. A lock whose process has ended is emptied first, by the
 * name of that holder's own file: of many that do so at once, one gets it, and nobody takes away what that one holds.
 * So `kill -9` leaves nothing to clean up.
 */
import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { codeOf, MooringError } from "../errors.js";
import { makeFolder } from "../make-folder.js";
import { oddFileWords, readTextFile } from "../read-file.js";
import { oddFile } from "./state-file.js";

const lockName = "gateway-state.lock";

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Where a process id means something: containers have the same ids for different processes. */
  readonly space: string | null;
  /** When the process started, as the system counts: a process id is given again. */
  readonly started: string | null;
}

/** What a system that has no /proc cannot tell. */
function fromProc(read: () => string | undefined): string | null {
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}

const spaceHere = () => fromProc(() => readlinkSync("/proc/self/ns/pid"));

/** After the name, which may hold spaces, it is the twentieth field. */
const startOf = (pid: number) =>
  fromProc(() => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ")[19]);

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, host, space = null, started = null } = JSON.parse(text) as Partial<Holder>;
    const isHolder = Number.isInteger(pid) && typeof host === "string";
    return isHolder ? { pid: pid as number, host, space, started } : undefined;
  } catch {
    return undefined; // the disk lost it
  }
}

/** Those of this process: another one may have had its id before. */
const held = new Set<string>();

function isAlive({ pid, space, started }: Holder, file: string): boolean {
  const here = spaceHere();
  if (space !== null && here !== null && space !== here) return false;
  if (pid === process.pid) return held.has(file);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  const now = startOf(pid);
  return started === null || now === null || started === now;
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
    const mine: Holder = {
      pid: process.pid,
      host: hostname(),
      space: spaceHere(),
      started: startOf(process.pid),
    };
    await writeFile(join(made, name), JSON.stringify(mine), { mode: 0o600 });
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
    if (holder && holder.host !== hostname()) throw elsewhere(folder, lock, holder);
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

function elsewhere(folder: string, lock: string, { host, pid }: Holder): MooringError {
  return new MooringError(
    "INVALID_CONFIG",
    `The gateway's state folder ${folder} is locked by a gateway on the host ${host} (process ${pid}), and whether that one still runs cannot be seen from here: end it, or when it has ended remove ${lock}.`,
  );
}
