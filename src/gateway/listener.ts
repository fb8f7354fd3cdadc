/**
 * One port for everything: HTTP/2 with prior knowledge (gRPC) and HTTP/1.1 (the API), plain or TLS. Plain
 * connections are told apart by their first bytes, TLS ones by ALPN.
 */
import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { askBack, closeSession, destroySocket } from "../http2-ending.js";
import { sessionMemory } from "../http2-memory.js";
import { startListening } from "../listening.js";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined;
  readonly maxConcurrentStreams: number;
  readonly grpc: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  readonly http: RequestListener;
  /** A connection was accepted; the returned function is called when it is gone. */
  readonly connected: () => () => void;
}

export interface Listener {
  readonly port: number;
  /** GOAWAY on every connection: streams go on, new ones go elsewhere. */
  goaway(): void;
  /** Ends connections in order, after their streams. */
  closeSessions(): void;
  /** Destroys every socket. */
  cut(): void;
  close(): Promise<void>;
}

/** Browsers that come by TLS speak HTTP/2, too: what is no gRPC is for the API, in both versions. */
function serveHttp2(options: ListenerOptions) {
  return (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const isGrpc =
      request.headers["content-type"]?.startsWith("application/grpc") ||
      request.url.startsWith("/matrix.connectors.v1.");
    if (isGrpc) options.grpc(request, response);
    // The compatibility objects have all that the handler uses of HTTP/1.
    else options.http(request as never, response as never);
  };
}

/** What an HTTP/2 client with prior knowledge says first. */
const preface = Buffer.from("PRI * HTTP/2.0");

const windowBytes = 1024 * 1024;

function http2Settings(options: ListenerOptions) {
  return {
    ...sessionMemory,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams, initialWindowSize: windowBytes },
  };
}

/** Looks at the first bytes of a plain connection and hands it to the server that speaks its protocol. */
function plainServer(options: ListenerOptions, http1: HttpServer, sessions: Set<ServerHttp2Session>): Server {
  const http2 = createHttp2Server(http2Settings(options), serveHttp2(options));
  http2.on("session", (session) => watch(session, sessions));
  return createServer((socket) => {
    socket.on("error", () => destroySocket(socket));
    socket.once("data", (first: Buffer) => {
      socket.pause();
      socket.unshift(first);
      const isHttp2 = preface.subarray(0, first.length).equals(first.subarray(0, preface.length));
      (isHttp2 ? http2 : http1).emit("connection", socket);
      if (!isHttp2) socket.resume();
    });
  });
}

function secureServer(options: ListenerOptions, sessions: Set<ServerHttp2Session>): Server {
  const { tls } = options;
  const server = createSecureServer(
    {
      ...http2Settings(options),
      allowHTTP1: true,
      ...(tls ? { cert: tls.cert, key: tls.key } : {}),
      ...(tls?.clientCa ? { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true } : {}),
    },
    // With allowHTTP1 the compatibility objects of both versions arrive here.
    serveHttp2(options),
  );
  server.on("session", (session) => watch(session, sessions));
  // A client without a certificate would otherwise wait for SETTINGS that never come.
  server.on("tlsClientError", (_error, socket) => destroySocket(socket));
  return server;
}

function watch(session: ServerHttp2Session, sessions: Set<ServerHttp2Session>): void {
  sessions.add(session);
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
  session.setLocalWindowSize(16 * windowBytes);
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const http1 = createHttpServer(options.http);
  const server = options.tls ? secureServer(options, sessions) : plainServer(options, http1, sessions);
  server.on("connection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    const gone = options.connected();
    socket.once("close", () => {
      sockets.delete(socket);
      gone();
    });
  });
  await startListening(server, { host: options.host, port: options.port, setting: "port (--port)" });
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) destroySocket(socket);
  };
  return {
    port,
    goaway: () => {
      for (const session of sessions) askBack(session);
    },
    closeSessions: () => {
      for (const session of sessions) closeSession(session);
    },
    cut,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
