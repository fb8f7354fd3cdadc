/** Takes away the control sockets that killed processes have left in the control folder. */
import { rm } from "node:fs/promises";
import { controlledProcesses } from "./client.js";
import { hasEnded } from "./has-ended.js";
import { isAnswered } from "./socket-file.js";
import { controlSocket } from "./socket-path.js";

/** One of another container has ids of its own, and may live although its id does not here: it answers. */
async function removeStale(pid: number): Promise<void> {
  const path = controlSocket(pid);
  if (!hasEnded(pid) || (await isAnswered(path))) return;
  await rm(path, { force: true });
}

/** What cannot be taken away stays: nobody is asked there. */
export async function removeStaleSockets(): Promise<void> {
  const pids = await controlledProcesses();
  await Promise.all(pids.map((pid) => removeStale(pid).catch(() => {})));
}
