/**
 * How every server of ours answers: whatever a request is and wherever its answer fails, at once or later, it ends
 * with a status, and nothing is thrown through to the process.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { nodeHttp } from "../late-modules.js";
import { ApiError } from "./api-error.js";

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Says what is wrong, in the server's own form: JSON or a page. */
export type SayProblem = (response: ServerResponse, problem: ApiError) => void;

/** How long a client may take to send; in ms. */
export interface ReceiveLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
}

export const receiveLimits: ReceiveLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};

/** JSON over HTTP. What cannot be written as JSON throws before anything is sent. */
export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

export const sayInJson: SayProblem = (response, { status, code, message, hint }) =>
  sendJson(response, status, { error: { code, message, ...(hint === undefined ? {} : { hint }) } });

const toProblem = (error: unknown): ApiError =>
  error instanceof ApiError ? error : new ApiError(500, "INTERNAL", "The server failed to answer.");

/** Throws ApiError 415 for a body that would have to be decoded first: it would be taken for what it is not. */
function refuseEncoded({ headers }: IncomingMessage): void {
  const encoding = headers["content-encoding"]?.trim().toLowerCase();
  if (!encoding || encoding === "identity") return;
  throw new ApiError(
    415,
    "UNSUPPORTED_CONTENT_ENCODING",
    "Send the body as it is, without Content-Encoding: this server decodes none.",
  );
}

/** `problemOf` may give errors that are no ApiError their status. */
export function answering(
  answer: Answer,
  say: SayProblem = sayInJson,
  problemOf: (error: unknown) => ApiError = toProblem,
): (request: IncomingMessage, response: ServerResponse) => void {
  const failed = (response: ServerResponse, error: unknown) => {
    try {
      if (response.headersSent) response.destroy();
      else say(response, problemOf(error));
    } catch {
      response.destroy();
    }
  };
  return (request, response) => {
    // A client that goes away early is no fault of ours.
    request.on("error", () => {});
    response.on("error", () => {});
    const answered = (async () => {
      refuseEncoded(request);
      return answer(request, response);
    })();
    answered.catch((error: unknown) => failed(response, error));
  };
}

/** How long a client may take to close after it was refused; Node counts such a socket as nobody's. */
const refusedLingerMs = 1_000;

function endRefused(socket: Duplex): void {
  const linger = setTimeout(() => socket.destroy(), refusedLingerMs);
  socket.once("close", () => clearTimeout(linger));
  socket.resume();
  socket.end("HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}

/** Node would cut a CONNECT without a word. */
export function refuseConnect(server: {
  on(event: "connect", listener: (request: IncomingMessage, socket: Duplex) => void): unknown;
}): void {
  server.on("connect", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    // Over HTTP/2 it is a response that comes here, and it has a status of its own.
    if ("writeHead" in socket) (socket as unknown as ServerResponse).writeHead(405).end();
    else endRefused(socket);
  });
}

/** Resolves when nothing listens and no connection is left, however busy it was. */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** A server of HTTP/1 with all of this. */
export function httpServer(
  listener: (request: IncomingMessage, response: ServerResponse) => void,
  limits: Partial<ReceiveLimits> = {},
): Server {
  const server = nodeHttp().createServer({ ...receiveLimits, ...limits }, listener);
  refuseConnect(server);
  return server;
}
