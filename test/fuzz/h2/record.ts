/** Talks to other HTTP/2 servers through our connection, and keeps what they send. */
import { once } from "node:events";
import {
  constants,
  createServer,
  type Http2Server,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import { type AddressInfo, connect } from "node:net";
import { Metadata, Server, ServerCredentials, type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { Call, CallOwner } from "../../../src/transport/h2/call.js";
import { Connection } from "../../../src/transport/h2/connection.js";
import { encodeHeaders } from "../../../src/transport/h2/hpack/header-encoder.js";

/** A request with one message of five bytes, which ends with it. */
class Asking implements CallOwner {
  readonly over: Promise<void>;
  call: Call | undefined;
  #done: () => void = () => {};
  #hasSent = false;

  constructor() {
    this.over = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  get hasMore(): boolean {
    return !this.#hasSent;
  }

  fill(): void {
    if (!this.#hasSent) this.call?.push(Buffer.from([0, 0, 0, 0, 5, 1, 2, 3, 4, 5]));
    this.#hasSent = true;
  }
  sent(): void {}
  headers(): void {}
  data(_bytes: Buffer, start: number, end: number): void {
    this.call?.read(end - start);
  }
  trailers(): void {}
  peerDraining(): void {}
  peerEnded(): void {
    this.call?.finish();
    this.#done();
  }
  lost(): void {
    this.#done();
  }
}

const requestFor = (path: string): Buffer =>
  encodeHeaders([
    { name: ":method", value: "POST" },
    { name: ":scheme", value: "http" },
    { name: ":path", value: path },
    { name: ":authority", value: "localhost" },
    { name: "content-type", value: "application/grpc" },
    { name: "te", value: "trailers" },
  ]);

/** All that the server at `port` sends while calls of these paths are made and end. */
async function conversation(port: number, paths: readonly string[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const connection = new Connection(
    { write: (bytes, taken) => void socket.write(bytes, taken), destroy: () => socket.destroySoon() },
    { settled: () => {}, goingAway: () => {}, broken: () => {} },
  );
  socket.on("data", (bytes: Buffer) => {
    parts.push(bytes);
    connection.receive(bytes);
  });
  const callings = paths.map((path) => {
    const owner = new Asking();
    owner.call = connection.start(requestFor(path), owner);
    owner.call.wantsTurn();
    owner.call.end();
    return owner.over;
  });
  await Promise.all(callings);
  // Until what follows has come: an answer to a PING, or the end of the connection.
  const answered = new Promise<void>((resolve) => connection.ping(resolve));
  await Promise.race([answered, socket.destroyed || once(socket, "close")]);
  connection.close();
  return Buffer.concat(parts);
}

/** What `node:http2` does with each path. */
const answers: Record<string, (stream: ServerHttp2Stream) => void> = {
  "/message": (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () =>
      stream.sendTrailers({ "grpc-status": "0", "grpc-message": "as it should be" }),
    );
    stream.write(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0x7a, 1, 0]));
    stream.end();
  },
  "/large": (stream) => {
    stream.respond({ ":status": 200, "content-type": "application/grpc", "x-long": "y".repeat(900) });
    stream.end(Buffer.alloc(2_500, 7));
  },
  "/early": (stream) => {
    stream.additionalHeaders({ ":status": 103, link: "</style.css>" });
    stream.respond({ ":status": 404, "content-type": "text/html", "content-length": "9" });
    stream.end("not here!");
  },
  "/trailers-only": (stream) => stream.respond({ ":status": 200, "grpc-status": "12" }, { endStream: true }),
  "/reset": (stream) => {
    stream.respond({ ":status": 200 });
    stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  },
  "/refuse": (stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM),
  "/away": (stream) => {
    stream.respond({ ":status": 200 });
    stream.end();
    stream.session?.close();
  },
};

async function nodeServer(options: ServerOptions): Promise<Http2Server> {
  const server = createServer(options);
  server.on("stream", (stream, headers) => {
    stream.on("error", () => {});
    answers[String(headers[":path"])]?.(stream);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const bytes = { serialize: (value: Buffer) => value, deserialize: (value: Buffer) => value };
const method = (path: string) => ({
  path,
  requestStream: true,
  responseStream: true,
  requestSerialize: bytes.serialize,
  requestDeserialize: bytes.deserialize,
  responseSerialize: bytes.serialize,
  responseDeserialize: bytes.deserialize,
});

async function grpcServer(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = new Server();
  server.addService(
    { echo: method("/s/echo"), fail: method("/s/fail") },
    {
      echo: (call: ServerDuplexStream<Buffer, Buffer>) => {
        call.on("data", (message: Buffer) => call.write(message));
        call.on("end", () => call.end());
      },
      fail: (call: ServerDuplexStream<Buffer, Buffer>) => {
        const metadata = new Metadata();
        metadata.set("why-bin", Buffer.from([0, 255]));
        call.emit("error", { code: status.UNAVAILABLE, details: "later, please", metadata });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { server, port };
}

/** By name. */
export async function recordings(): Promise<Readonly<Record<string, Buffer>>> {
  const recorded: Record<string, Buffer> = {};
  const kinds: Record<string, ServerOptions> = {
    node: {},
    "node-padded": { paddingStrategy: constants.PADDING_STRATEGY_MAX },
    "node-small": { settings: { initialWindowSize: 3, maxConcurrentStreams: 2, headerTableSize: 0 } },
  };
  for (const [kind, options] of Object.entries(kinds)) {
    const server = await nodeServer(options);
    const { port } = server.address() as AddressInfo;
    for (const path of Object.keys(answers))
      recorded[`${kind}${path.replace("/", "-")}`] = await conversation(port, [path]);
    recorded[`${kind}-several`] = await conversation(port, ["/message", "/early", "/trailers-only"]);
    server.close();
  }
  const { server, port } = await grpcServer();
  recorded["grpc-js-echo"] = await conversation(port, ["/s/echo", "/s/echo"]);
  recorded["grpc-js-fail"] = await conversation(port, ["/s/fail"]);
  recorded["grpc-js-unimplemented"] = await conversation(port, ["/s/none", "/s/echo"]);
  server.forceShutdown();
  return recorded;
}
