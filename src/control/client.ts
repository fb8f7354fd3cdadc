/** Asks a running runtime over its control socket. */
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { MooringError } from "../errors.js";
import { isControlFolder } from "./control-folder.js";
import { controlDirectory, controlSocket } from "./protocol.js";

/**
 * Process ids whose control sockets exist; a crashed process may have left one. Rejects with IO_ERROR when the folder
 * may be somebody else's.
 */
export async function controlledProcesses(): Promise<readonly number[]> {
  if (!(await isControlFolder(controlDirectory()))) return [];
  const names = await readdir(controlDirectory()).catch(() => []);
  return names.flatMap((name) => (/^\d+\.sock$/.test(name) ? [Number.parseInt(name, 10)] : []));
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
          `No runtime answers at ${socketPath}. Is it still running, and does it serve its control socket, as mooring run and serveControl() do?`,
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
    asked.on("timeout", () => asked.destroy(new Error("No answer within 5 s.")));
    asked.on("error", fail);
    asked.end();
  });
}
