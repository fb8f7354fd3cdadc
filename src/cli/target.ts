/** Which running runtime a command asks: the one that is named, or the only one. */
import { askControl, controlledProcesses, isSilentProcess } from "../control/client.js";
import { controlDirectory } from "../control/socket-path.js";
import { MooringError } from "../errors.js";
import type { RuntimeStatus } from "../index.js";

export interface Target {
  readonly pid?: number;
  readonly control?: string;
}

interface Answering {
  readonly pid: number;
  readonly keys: readonly string[];
}

/** The processes that answer; sockets left by crashed ones do not count. Throws when there are only such as live and say nothing. */
async function answering(): Promise<readonly Answering[]> {
  let silent: MooringError | undefined;
  const pids = await controlledProcesses();
  const found = await Promise.all(
    pids.map((pid) =>
      askControl(pid, "/status").then(
        ({ body }) => [{ pid, keys: (body as RuntimeStatus).registrations.map(({ key }) => key) }],
        (error: unknown) => {
          if (isSilentProcess(error)) silent = error;
          return [];
        },
      ),
    ),
  );
  const answers = found.flat();
  if (answers.length === 0 && silent) throw silent;
  return answers;
}

const mostKeys = 3;

function described({ pid, keys }: Answering): string {
  const shown = keys.slice(0, mostKeys).join(", ") || "no registrations";
  return `${pid} (${shown}${keys.length > mostKeys ? `, and ${keys.length - mostKeys} more` : ""})`;
}

/** The one process that answers, or the one that has `key`. */
export async function onlyProcess(key?: string): Promise<number> {
  const found = await answering();
  const having = key === undefined ? found : found.filter(({ keys }) => keys.includes(key));
  const [only] = having.length === 1 ? having : found;
  if (only === undefined) {
    throw new MooringError(
      "NOT_RUNNING",
      `No runtime of this user can be asked: nobody answers at a control socket in ${controlDirectory()}. mooring run FILE serves one; a program with a runtime of its own has to call serveControl(runtime). For one with another path: --control PATH.`,
    );
  }
  if (found.length > 1 && having.length !== 1)
    throw new MooringError(
      "INVALID_CONFIG",
      `Several runtimes run: choose one with --pid: ${found.map(described).join("; ")}.`,
    );
  return only.pid;
}

/** Whom to ask: a path, or a process. */
export const whomToAsk = async ({ control, pid }: Target): Promise<number | string> =>
  control ?? pid ?? (await onlyProcess());
