/** A raw HTTP/2 server: sees every byte and header, and sends what a test tells it to. */
import {
  createSecureServer,
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type SecureServerOptions,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";

export const grpcHeaders = { ":status": 200, "content-type": "application/grpc" };

export type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void;

export interface ServerOptions {
  readonly host?: string;
  readonly maxConcurrentStreams?: number;
  readonly tls?: SecureServerOptions;
  readonly port?: number;
}

export class ScriptedServer {
  readonly sessions = new Set<ServerHttp2Session>();
  readonly streams = new Set<ServerHttp2Stream>();
  /** Names that clients asked for by SNI; `false` without one. */
  readonly serverNames: unknown[] = [];
  /** Streams there ever were. */
  served = 0;
  /** Connections there ever were. */
  accepted = 0;
  readonly #server: Http2Server;

  private constructor(server: Http2Server) {
    this.#server = server;
  }

  static async start(serve: Serve, options: ServerOptions = {}): Promise<ScriptedServer> {
    const { host = "127.0.0.1", port = 0, maxConcurrentStreams = 1_000, tls } = options;
    const settings = { maxConcurrentStreams };
    // In MB: a test is about the limits of the side under test.
    const maxSessionMemory = 1_000;
    const http2: Http2Server = tls
      ? (createSecureServer({ ...tls, settings, maxSessionMemory }) as unknown as Http2Server)
      : createServer({ settings, maxSessionMemory });
    const server = new ScriptedServer(http2);
    server.#follow(serve);
    await new Promise<void>((resolve) => http2.listen(port, host, resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  goaway(code = 0): void {
    for (const session of this.sessions) session.goaway(code);
  }

  cut(): void {
    for (const session of this.sessions) session.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #follow(serve: Serve): void {
    this.#server.on("secureConnection", (socket) => this.serverNames.push(socket.servername));
    this.#server.on("tlsClientError", () => {});
    this.#server.on("session", (session) => {
      this.accepted += 1;
      this.sessions.add(session);
      session.on("error", () => {});
      session.on("close", () => this.sessions.delete(session));
    });
    this.#server.on("stream", (stream, headers) => {
      this.served += 1;
      this.streams.add(stream);
      stream.on("error", () => {});
      stream.on("close", () => this.streams.delete(stream));
      serve(stream, headers);
    });
  }
}

/** Ends a stream as a gRPC server does: with trailers. Response headers must have been sent by `respondWithTrailers`. */
export function respondWithTrailers(stream: ServerHttp2Stream, trailers: Record<string, string>): void {
  stream.respond(grpcHeaders, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers(trailers));
}

/** A TCP server that does with a connection what it is told, by default nothing. */
export async function tcpServer(
  serve: (socket: Socket) => void = () => {},
): Promise<{ port: number; accepted(): number; open(): number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createTcpServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.resume();
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
