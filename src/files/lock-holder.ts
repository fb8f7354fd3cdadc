/** Who holds a lock between processes, as its file says, and whether that process still runs. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { codeOf } from "../errors.js";

export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  /** Where a process id means something: containers have the same ids for different processes. */
  readonly space: string | null;
  /** When the process started, as the system counts: a process id is given again. */
  readonly started: string | null;
}

/**
 * What can be told of a holder. `this-pid`: one with the id of this process that may also have been an earlier one,
 * because the system does not say when it started.
 */
export type HolderState = "runs" | "ended" | "this-pid" | "another-space" | "another-host";

/** What a system that has no /proc cannot tell. */
function fromProc<T>(read: () => T | undefined): T | null {
  try {
    return read() ?? null;
  } catch {
    return null;
  }
}

const spaceHere = () => fromProc(() => readlinkSync("/proc/self/ns/pid"));

interface ProcessFacts {
  readonly state: string | undefined;
  readonly started: string | null;
}

/** After the name, which may hold spaces, the first field is the state, and the twentieth when it started. */
const factsOf = (pid: number): ProcessFacts | null =>
  fromProc(() => {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ");
    return fields && { state: fields[0], started: fields[19] ?? null };
  });

/** This process. */
export const holderHere = (): LockHolder => ({
  pid: process.pid,
  host: hostname(),
  space: spaceHere(),
  started: factsOf(process.pid)?.started ?? null,
});

const textOrNull = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** The holder that a lock's file names; undefined when it names none, because the disk lost it for example. */
export function holderIn(text: string): LockHolder | undefined {
  try {
    const { pid, host, space, started } = JSON.parse(text) as Record<keyof LockHolder, unknown>;
    // The system takes 0 and below for groups of processes.
    const isPid = typeof pid === "number" && Number.isSafeInteger(pid) && pid > 0;
    if (!isPid || typeof host !== "string") return undefined;
    return { pid, host, space: textOrNull(space), started: textOrNull(started) };
  } catch {
    return undefined;
  }
}

function hasEnded(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Of somebody else's process that runs it is EPERM.
    return codeOf(error) !== "EPERM";
  }
}

export function stateOf({ pid, host, space, started }: LockHolder): HolderState {
  if (host !== hostname()) return "another-host";
  const here = spaceHere();
  if (space !== null && here !== null && space !== here) return "another-space";
  if (hasEnded(pid)) return "ended";
  const now = factsOf(pid);
  if (started === null || now === null || now.started === null)
    return pid === process.pid ? "this-pid" : "runs";
  // Z and X: it has ended, and its parent has not looked yet.
  return started === now.started && !/^[ZX]/.test(now.state ?? "") ? "runs" : "ended";
}
