/** Asks a running runtime over its control socket. */
import { readdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createInterface } from "node:readline";
import { MooringError } from "../errors.js";
import { nodeHttp } from "../late-modules.js";
import type { ToldChange } from "./changes.js";
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

/** Connects; `take` gets the answer. Rejects with what `askControl` says. */
async function asked<Value>(
  target: number | string,
  path: string,
  take: (response: IncomingMessage) => Promise<Value>,
): Promise<Value> {
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
    const asking = nodeHttp().request({ socketPath, path, timeout: 5_000 }, (response) => {
      take(response).then(resolve, fail);
    });
    asking.on("timeout", () => asking.destroy(new SilentProcess("No answer within 5 s.")));
    asking.on("error", fail);
    asking.end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) text += chunk;
  return text;
}

/**
 * GET `path` from the process's control socket. Throws CONNECTION_ERROR when nobody answers within 5 s, IO_ERROR when
 * the folder of the sockets may be somebody else's.
 */
export function askControl(
  target: number | string,
  path: string,
): Promise<{ status: number; body: unknown }> {
  return asked(target, path, async (response) => ({
    status: response.statusCode ?? 0,
    body: JSON.parse(await bodyOf(response)),
  }));
}

async function* piecesOf(response: IncomingMessage): AsyncGenerator<string, void> {
  response.setEncoding("utf8");
  try {
    for await (const piece of response) yield String(piece);
  } catch (cause) {
    throw new MooringError(
      "CONNECTION_ERROR",
      "The process went away before it had sent its whole recording.",
      {
        cause,
      },
    );
  }
}

/**
 * The recording of the process, in pieces of text as they come. Throws as `askControl` does, and NOT_RUNNING where
 * nothing is recorded. The pieces throw when the process goes away meanwhile.
 */
export async function askRecording(target: number | string): Promise<AsyncIterable<string>> {
  const response = await asked(target, "/recording", async (answer) => answer);
  if (response.statusCode === 200) return piecesOf(response);
  const { error } = JSON.parse(await bodyOf(response)) as { readonly error?: string };
  throw new MooringError("NOT_RUNNING", error ?? `The runtime answered ${response.statusCode}.`);
}

/** The state changes of a runtime from now on. */
export interface Changes {
  /** Ends when the runtime is closed, or at `stop`. Throws CONNECTION_ERROR when the process goes away. */
  read(): AsyncGenerator<ToldChange, void>;
  stop(): void;
}

async function* changesIn(
  response: IncomingMessage,
  isStopped: () => boolean,
): AsyncGenerator<ToldChange, void> {
  let cause: unknown;
  try {
    const lines = createInterface({ input: response });
    // Readline ends with the end of its input, which an answer that is cut never has.
    response.once("close", () => lines.close());
    for await (const line of lines) yield JSON.parse(line) as ToldChange;
  } catch (error) {
    cause = error;
  }
  if (isStopped() || response.complete) return;
  throw new MooringError("CONNECTION_ERROR", "The process is gone: no more comes.", { cause });
}

/** Of all registrations, or of one. Throws as `askControl` does, and INVALID_CONFIG for a key that there is not. */
export async function askChanges(target: number | string, key?: string): Promise<Changes> {
  const path = key === undefined ? "/changes" : `/changes?key=${encodeURIComponent(key)}`;
  const response = await asked(target, path, async (answer) => answer);
  // Nothing may happen for hours.
  response.socket.setTimeout(0);
  let state: "open" | "stopped" = "open";
  if (response.statusCode !== 200) {
    const { error } = JSON.parse(await bodyOf(response)) as { readonly error?: string };
    throw new MooringError("INVALID_CONFIG", error ?? `The runtime answered ${response.statusCode}.`);
  }
  return {
    read: () => changesIn(response, () => state === "stopped"),
    stop: () => {
      state = "stopped";
      response.destroy();
    },
  };
}
