/** Peers that get stuck at one layer of the way to a gateway, each on a port of its own. */
import { once } from "node:events";
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer as createSecureHttp2Server,
  type Http2Server,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { destroySession } from "../../src/http2/ending.js";
import { socketPath } from "../../src/protocol/phoenix-frames.js";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

/** Takes connections, and says nothing. */
export const tcpOnly = (): Promise<number> => listening(createTcpServer((socket) => void socket.resume()));

/** Joins the channel of connectors, as a gateway behind a proxy for HTTP/1 alone. */
function joining<S extends HttpServer>(server: S): S {
  const sockets = new WebSocketServer({ server, path: socketPath });
  sockets.on("connection", (socket) =>
    socket.on("message", (data) => {
      const [joinRef, ref, topic] = JSON.parse(String(data)) as string[];
      socket.send(JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response: {} }]));
    }),
  );
  return server;
}

/** HTTP/1 and WebSocket; its TLS agrees to HTTP/1 alone. */
export function http1Gateway(tls?: Pair): Promise<number> {
  const answer: RequestListener = (_, response) => void response.end();
  return listening(joining(tls ? createHttpsServer({ ...tls }, answer) : createHttpServer(answer)));
}

/** HTTP/1 and WebSocket behind TLS that names no protocol at all. */
export async function withoutAlpn(tls: Pair): Promise<number> {
  const http1 = joining(createHttpServer((_, response) => void response.end()));
  return listening(createTlsServer({ ...tls }, (socket) => void http1.emit("connection", socket)));
}

/** How a peer of HTTP/2 answers each call; `nothing`: not at all. */
export type Answer = Readonly<Record<string, string | number>> | "reset" | "nothing";

/** HTTP/2 alone, as a way that lets no WebSocket through. */
export async function http2Gateway(answer: Answer, tls?: Pair): Promise<number> {
  const server: Http2Server = tls ? createSecureHttp2Server({ ...tls }) : createHttp2Server();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => {});
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    if (answer === "nothing") return;
    if (answer === "reset") return stream.close(2);
    stream.respond(answer, { endStream: true });
  });
  const port = await listening(server);
  onTestFinished(() => {
    for (const session of sessions) destroySession(session);
  });
  return port;
}

/** A call that the service for connectors ends without trouble. */
export const served: Answer = { ":status": 200, "content-type": "application/grpc", "grpc-status": "0" };
