/** `mooring status` and `mooring explain`: ask a running runtime. */
import { askControl, controlledProcesses } from "../control/client.js";
import { controlDirectory } from "../control/protocol.js";
import { MooringError } from "../errors.js";
import type { RuntimeStatus } from "../index.js";
import { statusTable, write } from "./lines.js";

interface Target {
  readonly pid?: number;
  readonly control?: string;
}

async function ask(target: Target, path: string): Promise<unknown> {
  const answer = await askControl(target.control ?? target.pid ?? (await onlyProcess()), path);
  if (answer.status === 200) return answer.body;
  const { error } = answer.body as { error?: string };
  throw new MooringError("INVALID_CONFIG", error ?? `The runtime answered ${answer.status}.`);
}

/** The one process that answers; sockets left by crashed ones do not count. */
async function onlyProcess(): Promise<number> {
  const pids = await controlledProcesses();
  const alive = await Promise.all(
    pids.map((pid) =>
      askControl(pid, "/status").then(
        () => [pid],
        () => [],
      ),
    ),
  );
  const found = alive.flat();
  const [only] = found;
  if (only === undefined) {
    throw new MooringError(
      "NOT_RUNNING",
      `No runtime of this user can be asked: nobody answers at a control socket in ${controlDirectory()}. mooring run FILE serves one; a program with a runtime of its own has to call serveControl(runtime). For one with another path: --control PATH.`,
    );
  }
  if (found.length > 1)
    throw new MooringError(
      "INVALID_CONFIG",
      `Several runtimes run: choose one with --pid (${found.join(", ")}).`,
    );
  return only;
}

export async function status(options: Target & { readonly json?: boolean }): Promise<void> {
  const body = (await ask(options, "/status")) as RuntimeStatus;
  if (options.json) return write(JSON.stringify(body, null, 2));
  write(
    `${body.gateway}: ${body.phase}, ${body.ready ? "ready" : "not ready"}, ${body.channels.length} connections`,
  );
  for (const line of statusTable(body)) write(line);
}

export async function explain(key: string | undefined, target: Target): Promise<void> {
  const keys = key
    ? [key]
    : ((await ask(target, "/status")) as RuntimeStatus).registrations
        .filter((one) => !one.ready)
        .map((one) => one.key);
  if (keys.length === 0) write("Every registration is ready.");
  for (const one of keys) {
    const body = (await ask(target, `/explain?key=${encodeURIComponent(one)}`)) as { text: string };
    write(body.text);
  }
}
