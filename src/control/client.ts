/** Asks a running runtime over its control socket. */
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { MooringError } from "../errors.js";
import { isControlFolder } from "./control-folder.js";
import { hasEnded } from "./has-ended.js";
import { controlDirectory, controlSocket } from "./socket-path.js";

/**
 * Process ids whose control sockets exist; a crashed process may have left one. Rejects with IO_ERROR when the folder
 * may be somebody else's.
 */
export async function controlledProcesses(): Promise<readonly number[]> {
  if (!(await isControlFolder(controlDirectory()))) return [];
  const names = await readdir(controlDirectory()).catch(() => []);
  return names.flatMap((name) => (/^\d+\.sock$/.test(name) ? [Number.parseInt(name, 10)] : []));
}

/** It takes connections, so it lives, but nothing came in time. */
export class SilentProcess extends Error {
  override readonly name = "SilentProcess";
}

export const isSilentProcess = (error: unknown): error is MooringError =>
  error instanceof MooringError && error.cause instanceof SilentProcess;

const whySilent = (target: number | string): string =>
  `The process ${typeof target === "number" ? target : `at ${target}`} is there but does not answer: a handler probably computes without a pause, or the process was suspended. Ask again later; handlers that compute for long belong in threads of their own (threadConnector, mooring run --workers N).`;

/** Of a process by its id, whether it lives is known: under another user, too. */
function whyUnanswered(target: number | string, socketPath: string): string {
  if (typeof target === "string")
    return `No runtime answers at ${socketPath}. Is it still running, and does it serve its control socket, as mooring run and serveControl() do?`;
  if (hasEnded(target))
    return `There is no process ${target}: no runtime answers at ${socketPath}. Leave --pid out to ask the one that runs.`;
  return `The process ${target} runs, but serves no control socket at ${socketPath}: mooring run serves one; a program with a runtime of its own has to call serveControl(runtime). For one at another path: --control PATH.`;
}

/**
 * GET `path` from the process's control socket. Throws CONNECTION_ERROR when nobody answers within 5 s, IO_ERROR when
 * the folder of the sockets may be somebody else's.
 */
export async function askControl(
  target: number | string,
  path: string,
): Promise<{ status: number; body: unknown }> {
  const socketPath = typeof target === "number" ? controlSocket(target) : target;
  if (typeof target === "number" && process.platform !== "win32") await isControlFolder(controlDirectory());
  return new Promise((resolve, reject) => {
    const fail = (cause: Error) =>
      reject(
        new MooringError(
          "CONNECTION_ERROR",
          cause instanceof SilentProcess ? whySilent(target) : whyUnanswered(target, socketPath),
          { cause },
        ),
      );
    const asked = request({ socketPath, path, timeout: 5_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => {
        try {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
        } catch (error) {
          fail(error instanceof Error ? error : new Error("Not JSON."));
        }
      });
      response.on("error", fail);
    });
    asked.on("timeout", () => asked.destroy(new SilentProcess("No answer within 5 s.")));
    asked.on("error", fail);
    asked.end();
  });
}
