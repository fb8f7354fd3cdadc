/**
 * Answers `mooring status` and `mooring explain` for a runtime in this process: read-only, over a local
 * socket that only this user can open. Does not change anything in the runtime.
 */
import { chmod } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { cannotListen, startListening } from "../listening.js";
import type { JournalEntry } from "../runtime/journal.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { controlSocket } from "./protocol.js";
import { makeRoomForSocket } from "./socket-file.js";

/** What a control server asks of a runtime. */
export interface Controllable {
  status(): RuntimeStatus;
  explain(key: string): string;
  journal(key: string): readonly JournalEntry[];
}

export interface ControlServer {
  readonly path: string;
  close(): Promise<void>;
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(JSON.stringify(body));
}

function route(runtime: Controllable, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://control");
  const key = url.searchParams.get("key") ?? "";
  if (url.pathname === "/status") return answer(response, 200, runtime.status());
  if (url.pathname !== "/explain" && url.pathname !== "/journal") {
    return answer(response, 404, { error: "Ask for /status, /explain?key=… or /journal?key=…." });
  }
  const keys = runtime.status().registrations.map((one) => one.key);
  if (!keys.includes(key)) {
    return answer(response, 404, {
      error: `There is no registration "${key}". Registrations: ${keys.join(", ") || "none"}.`,
    });
  }
  answer(response, 200, url.pathname === "/explain" ? { text: runtime.explain(key) } : runtime.journal(key));
}

/**
 * Serves until closed. `path` defaults to this process's place in the user's control folder. Rejects with IO_ERROR
 * when it cannot listen there, because another process does for example.
 */
export async function serveControl(
  runtime: Controllable,
  path = controlSocket(process.pid),
): Promise<ControlServer> {
  const place = { path, setting: "path (--control)" };
  if (process.platform !== "win32") {
    await makeRoomForSocket(path).catch((cause: unknown) => {
      throw cannotListen(place, cause);
    });
  }
  const server = createServer((request, response) => route(runtime, request, response));
  await startListening(server, place);
  if (process.platform !== "win32") await chmod(path, 0o600);
  server.unref();
  return {
    path,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
