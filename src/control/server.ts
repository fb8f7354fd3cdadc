/**
 * Answers the commands that ask a runtime in this process (`mooring status`, `explain`, `top`, `tail`, `record`, `mcp`),
 * over a local socket that only this user can open. Only reads: nothing in the runtime is changed.
 */
import { chmod } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { dirname } from "node:path";
import { pipeline, Readable } from "node:stream";
import { invalidConfig, textOf } from "../errors.js";
import { cannotListen, startListening } from "../network/listening.js";
import { having, shown, text } from "../options/kinds.js";
import type { StateChange } from "../runtime/changes.js";
import { needsAttention } from "../runtime/explain.js";
import type { JournalEntry } from "../runtime/journal.js";
import type { RuntimeStatus } from "../runtime/status.js";
import type { ApiError } from "../serving/api-error.js";
import { answering, closeServer, httpServer, sendJson } from "../serving/http-server.js";
import { targetOf } from "../serving/request-target.js";
import { sendChanges } from "./changes.js";
import { makeControlFolder } from "./control-folder.js";
import { makeRoomForSocket } from "./socket-file.js";
import { controlDirectory, controlSocket } from "./socket-path.js";
import { removeStaleSockets } from "./stale-sockets.js";

/** What a control server asks of a runtime. */
export interface Controllable {
  /** How all registrations stand. */
  status(): RuntimeStatus;
  /** Why one is not connected, in words. */
  explain(key: string, options?: { readonly all?: boolean }): string;
  /** Its last transitions, oldest first. */
  journal(key: string): readonly JournalEntry[];
  /** Its state changes from now on; without it, nobody can follow them. */
  changes?(): AsyncIterableIterator<StateChange>;
  /** Without it, nothing is recorded. */
  recording?(): AsyncIterable<string>;
}

/** A control server that listens. */
export interface ControlServer {
  /** The socket it listens on. */
  readonly path: string;
  /** Stops listening. Resolves when every connection is closed. */
  close(): Promise<void>;
}

const sayProblem = (response: ServerResponse, { status, message }: ApiError): void =>
  sendJson(response, status, { error: message });

/** The recording as it is at the request. The writing ends when the client goes away. */
function sendRecording(runtime: Controllable, response: ServerResponse): void {
  let pieces: AsyncIterable<string> | undefined;
  try {
    pieces = runtime.recording?.();
  } catch (error) {
    return sendJson(response, 409, { error: textOf(error) });
  }
  if (!pieces) return sendJson(response, 409, { error: "This runtime records nothing." });
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  pipeline(Readable.from(pieces), response, () => {});
}

function sayUnknown({ registrations }: RuntimeStatus, key: string, response: ServerResponse): void {
  const keys = registrations.map((one) => one.key).join(", ");
  sendJson(response, 404, { error: `There is no registration "${key}". Registrations: ${keys || "none"}.` });
}

function follow(
  runtime: Controllable,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const status = runtime.status();
  if (key !== "" && !status.registrations.some((one) => one.key === key))
    return sayUnknown(status, key, response);
  const changes = runtime.changes?.();
  if (!changes) return sendJson(response, 409, { error: "This runtime does not tell of its changes." });
  sendChanges(changes, key, request, response);
}

function route(runtime: Controllable, request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== "GET") return sendJson(response, 405, { error: "Only GET is served." });
  const url = targetOf(request);
  const key = url.searchParams.get("key") ?? "";
  if (url.pathname === "/status") return sendJson(response, 200, runtime.status());
  if (url.pathname === "/recording") return sendRecording(runtime, response);
  if (url.pathname === "/changes") return follow(runtime, key, request, response);
  if (url.pathname !== "/explain" && url.pathname !== "/journal") {
    return sendJson(response, 404, {
      error: "Ask for /status, /explain?key=…, /journal?key=…, /changes?key=… or /recording.",
    });
  }
  const asked = runtime.status();
  const status = asked.registrations.find((one) => one.key === key);
  if (!status) return sayUnknown(asked, key, response);
  const journal = runtime.journal(key);
  if (url.pathname === "/journal") return sendJson(response, 200, journal);
  const all = url.searchParams.get("all") === "1";
  sendJson(response, 200, {
    text: runtime.explain(key, { all }),
    needsAttention: needsAttention(status, journal),
  });
}

const runtimeKind = having("status", "explain", "journal");

function checkRuntime(runtime: unknown): void {
  if (runtimeKind.is(runtime)) return;
  throw invalidConfig(
    `serveControl() takes a runtime first, ${runtimeKind.wanted}; got ${shown(runtime, runtimeKind)}.`,
  );
}

function checkPath(path: unknown): void {
  if (typeof path === "string" && path !== "") return;
  const got = path === "" ? "an empty one" : shown(path, text);
  throw invalidConfig(
    `path must be a text; got ${got}. Write serveControl(runtime, "/folder/of/yours/name.sock"), or leave it out.`,
  );
}

/** See `serveControl`, by which programs come here. */
export async function answerCommands(
  runtime: Controllable,
  path = controlSocket(process.pid),
): Promise<ControlServer> {
  checkRuntime(runtime);
  const address = { path, setting: "path (--control)" };
  checkPath(path);
  if (process.platform !== "win32") {
    if (dirname(path) === controlDirectory()) {
      await makeControlFolder(dirname(path));
      await removeStaleSockets();
    }
    await makeRoomForSocket(path).catch((cause: unknown) => {
      throw cannotListen(address, cause);
    });
  }
  const server = httpServer(answering((request, response) => route(runtime, request, response), sayProblem));
  await startListening(server, address);
  if (process.platform !== "win32") await chmod(path, 0o600);
  server.unref();
  return {
    path,
    close: () => closeServer(server),
  };
}
