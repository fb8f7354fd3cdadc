/**
 * Keeps a second gateway off a state folder: a file that names the process which has it. A lock whose process has
 * ended is taken over, so that `kill -9` leaves nothing to clean up.
 */
import { readlinkSync } from "node:fs";
import { readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { codeOf, MooringError } from "../errors.js";
import { makeFolder } from "../make-folder.js";

const fileName = "gateway-state.lock";

/** Where a process id means something: containers have the same ids for different processes. */
function processSpace(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** Those of this process: another one may have had its id before. */
const held = new Set<string>();

interface Holder {
  readonly pid: number;
  readonly space: string;
}

function holderIn(text: string): Holder | undefined {
  try {
    const { pid, space } = JSON.parse(text) as Partial<Holder>;
    return Number.isInteger(pid) && typeof space === "string" ? { pid: pid as number, space } : undefined;
  } catch {
    return undefined; // cut off while it was written
  }
}

/** A process of another container or host cannot be asked: a gateway on loopback is not shared with those. */
function isAlive({ pid, space }: Holder, path: string): boolean {
  if (space !== processSpace()) return false;
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== "ESRCH";
  }
}

/** Takes the folder, and returns how to give it back. Rejects with INVALID_CONFIG while another gateway has it. */
export async function lockState(state: string): Promise<() => Promise<void>> {
  const folder = resolve(state);
  const path = join(folder, fileName);
  const mine = JSON.stringify({ pid: process.pid, space: processSpace() });
  try {
    await makeFolder(folder);
    await take(folder, path, mine);
  } catch (error) {
    if (error instanceof MooringError) throw error;
    const text = `The gateway's state folder ${folder} cannot be locked (${codeOf(error)}): state (--state) names a folder that its user may write.`;
    throw new MooringError("IO_ERROR", text, { cause: error });
  }
  held.add(path);
  return async () => {
    held.delete(path);
    await unlink(path).catch(() => {});
  };
}

async function take(folder: string, path: string, mine: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      return await writeFile(path, mine, { flag: "wx", mode: 0o600 });
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const holder = holderIn(await readFile(path, "utf8").catch(() => ""));
    if (holder && isAlive(holder, path)) throw inUse(folder, holder.pid);
    // Under a name of its own first: of two that find it stale, one takes it away.
    const aside = `${path}.${process.pid}`;
    await rename(path, aside).catch(() => {});
    await unlink(aside).catch(() => {});
  }
  throw inUse(folder, undefined);
}

function inUse(folder: string, pid: number | undefined): MooringError {
  const who = pid === undefined ? "another process" : `the process ${pid}`;
  return new MooringError(
    "INVALID_CONFIG",
    `The gateway's state folder ${folder} is in use by a gateway in ${who}: end that one, or give another folder with state (--state).`,
  );
}
