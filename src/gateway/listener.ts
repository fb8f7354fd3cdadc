/**
 * One port for everything: HTTP/2 with prior knowledge (gRPC) and HTTP/1.1 (the API), plain or TLS. Plain
 * connections are told apart by their first bytes, TLS ones by ALPN.
 */
import { type EventEmitter, once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { Code } from "@connectrpc/connect";
import { askBack, closeSession, destroySocket } from "../http2/ending.js";
import { TlsCarrier } from "../http2/tls-carrier.js";
import { startListening } from "../network/listening.js";
import { connectionWindow, sessionMemory, streamWindow } from "../protocol/limits.js";
import { ApiError } from "../serving/api-error.js";
import { limitBody } from "../serving/body-limit.js";
import {
  answering,
  httpServer,
  type ReceiveLimits,
  receiveLimits,
  refuseConnect,
  type SayProblem,
  sayInJson,
} from "../serving/http-server.js";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCa?: string } | undefined;
  readonly maxConcurrentStreams: number;
  /** What it throws, an ApiError for example, is answered. */
  readonly grpc: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
  readonly http: RequestListener;
  /** An HTTP/1 connection that asks to become something else. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** How long clients may take to send. */
  readonly limits?: ReceiveLimits;
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
  /** Stops listening and destroys every socket. */
  close(): Promise<void>;
  /**
   * Stops listening, and closes each connection in order when its streams have ended and its requests are answered.
   * What is left after `limitMs` is cut.
   */
  shutDown(limitMs: number): Promise<void>;
}

/** A client of gRPC reads a status and its words, and no body (gRPC over HTTP/2, Trailers-Only). */
const sayToGrpc: SayProblem = (response, problem) => {
  if (!/^application\/grpc(?!-)/.test(response.req.headers["content-type"] ?? ""))
    return sayInJson(response, problem);
  response.statusCode = problem.status;
  response.setHeader("content-type", "application/grpc");
  response.setHeader("grpc-status", Code.FailedPrecondition);
  response.setHeader("grpc-message", encodeURIComponent(problem.message));
  // Not after `writeHead`: all of it must be one frame of headers, which ends the stream.
  response.end();
};

/** Browsers that come by TLS speak HTTP/2, too: what is no gRPC is for the API, in both versions. */
function serveHttp2(options: ListenerOptions) {
  const { requestTimeout } = options.limits ?? receiveLimits;
  const answer = (request: Http2ServerRequest, response: Http2ServerResponse): void => {
    const isGrpc =
      request.headers["content-type"]?.startsWith("application/grpc") ||
      request.url.startsWith("/matrix.connectors.v1.");
    // The compatibility objects have all that the handlers use of HTTP/1.
    if (!isGrpc) {
      limitBody(request as never, response as never, requestTimeout, sayInJson);
      return options.http(request as never, response as never);
    }
    options.grpc(request, response);
  };
  // Connect throws at an authority that is no host.
  const malformed = (error: unknown) =>
    error instanceof ApiError ? error : new ApiError(400, "INVALID_REQUEST", "The request is malformed.");
  return answering(answer as never, sayToGrpc, malformed) as unknown as typeof answer;
}

/** What an HTTP/2 client with prior knowledge says first. */
const preface = Buffer.from("PRI * HTTP/2.0");

function http2Settings(options: ListenerOptions) {
  return {
    ...sessionMemory,
    settings: { maxConcurrentStreams: options.maxConcurrentStreams, initialWindowSize: streamWindow },
  };
}

/**
 * Looks at the first bytes of a connection, until they tell its protocol. Bytes come as they like: the first may be
 * alone, and `P` is the first of both PRI and POST.
 */
function sniff(socket: Socket, limitMs: number, serve: (isHttp2: boolean) => void): void {
  let read = Buffer.alloc(0);
  const limit = setTimeout(() => destroySocket(socket), limitMs).unref();
  const look = (chunk: Buffer) => {
    read = Buffer.concat([read, chunk]);
    const seen = Math.min(read.length, preface.length);
    const isHttp2 = preface.subarray(0, seen).equals(read.subarray(0, seen));
    if (isHttp2 && seen < preface.length) return;
    clearTimeout(limit);
    socket.off("data", look).pause();
    socket.unshift(read);
    serve(isHttp2);
  };
  socket.on("error", () => destroySocket(socket));
  socket.once("close", () => clearTimeout(limit));
  socket.on("data", look);
}

/** Takes over an event of a server. Returns what the server itself does at it. */
function takeOver<S extends Socket>(server: Server, event: string, act: (socket: S) => void) {
  const own = server.listeners(event);
  server.removeAllListeners(event);
  server.on(event, act);
  return (carrier: Duplex): void => {
    for (const one of own) one.call(server, carrier);
  };
}

/** A server of HTTP/1 that hands connections of HTTP/2 on. It is the one that listens, so that its limits hold. */
function plainServer(options: ListenerOptions, sessions: Set<ServerHttp2Session>): Server {
  const limits = options.limits ?? receiveLimits;
  const http2 = createHttp2Server(http2Settings(options), serveHttp2(options));
  http2.on("session", (session) => watch(session, sessions));
  const http1 = httpServer(options.http, limits);
  const serveHttp1 = takeOver(http1, "connection", (socket) => {
    // HTTP/1 clients may close their half after a request; over HTTP/2 nobody would notice the end.
    socket.allowHalfOpen = false;
    sniff(socket, limits.headersTimeout, (isHttp2) => {
      if (isHttp2) return void http2.emit("connection", socket);
      socket.allowHalfOpen = true;
      serveHttp1(socket);
      socket.resume();
    });
  });
  return http1;
}

function secureServer(options: ListenerOptions, sessions: Set<ServerHttp2Session>): Server {
  const { tls } = options;
  const server = createSecureServer(
    {
      ...http2Settings(options),
      allowHTTP1: true,
      handshakeTimeout: (options.limits ?? receiveLimits).headersTimeout,
      ...(tls ? { cert: tls.cert, key: tls.key } : {}),
      ...(tls?.clientCa ? { ca: tls.clientCa, requestCert: true, rejectUnauthorized: true } : {}),
    },
    // With allowHTTP1 the compatibility objects of both versions arrive here.
    serveHttp2(options),
  );
  const serve = takeOver(server, "secureConnection", (socket: TLSSocket) =>
    serve(socket.alpnProtocol === "h2" ? new TlsCarrier(socket) : socket),
  );
  server.on("session", (session) => {
    // The carrier is no TLS socket, and what serves people asks: cookies are for TLS only.
    Object.assign(session.socket, { encrypted: true });
    watch(session, sessions);
  });
  // A client without a certificate would otherwise wait for SETTINGS that never come.
  server.on("tlsClientError", (_error, socket) => destroySocket(socket));
  // Node 20 does not take them as options here.
  Object.assign(server, options.limits ?? receiveLimits);
  refuseConnect(server);
  return server;
}

function watch(session: ServerHttp2Session, sessions: Set<ServerHttp2Session>): void {
  sessions.add(session);
  session.on("error", () => {});
  session.on("close", () => sessions.delete(session));
  session.setLocalWindowSize(connectionWindow);
}

/** Resolves when each of them has closed, or after `limitMs`. */
async function closedWithin(limitMs: number, ...open: readonly EventEmitter[]): Promise<void> {
  const signal = AbortSignal.timeout(limitMs);
  await Promise.all(open.map((one) => once(one, "close", { signal }).catch(() => {})));
}

/** Responses that a server owes. */
function owedBy(server: Server): ReadonlySet<EventEmitter> {
  const owed = new Set<EventEmitter>();
  server.on("request", (_request: EventEmitter, response: EventEmitter) => {
    owed.add(response);
    response.once("close", () => owed.delete(response));
  });
  return owed;
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const server = options.tls ? secureServer(options, sessions) : plainServer(options, sessions);
  const owed = owedBy(server);
  if (options.upgrade) server.on("upgrade", options.upgrade);
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
  const closeSessions = () => {
    for (const session of sessions) closeSession(session);
  };
  const stopListening = () => new Promise<void>((resolve) => void server.close(() => resolve()));
  return {
    port,
    goaway: () => {
      for (const session of sessions) askBack(session);
    },
    closeSessions,
    cut,
    close: () => {
      const stopped = stopListening();
      cut();
      return stopped;
    },
    shutDown: async (limitMs) => {
      const stopped = stopListening();
      closeSessions();
      await closedWithin(limitMs, ...sessions, ...owed);
      cut();
      await stopped;
    },
  };
}
