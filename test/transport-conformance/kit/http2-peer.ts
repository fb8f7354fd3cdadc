/** The peer of transports that speak gRPC, on the scripted HTTP/2 server. */
import type { ServerHttp2Stream } from "node:http2";
import type { StreamMessage } from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { frame, Inbox } from "./messages.js";
import type { Peer, PeerEnd, PeerStream } from "./peer.js";
import { grpcHeaders, ScriptedServer } from "./scripted-server.js";

const statuses: Readonly<Record<PeerEnd, string>> = {
  identity: "16",
  request: "3",
  access: "7",
  unavailable: "14",
  exhausted: "8",
  other: "13",
};

class Http2PeerStream implements PeerStream {
  readonly #stream: ServerHttp2Stream;
  readonly #inbox = new Inbox();
  #status = "0";
  #isHalfClosed = false;

  constructor(stream: ServerHttp2Stream) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => this.#inbox.push(chunk));
    stream.on("end", () => {
      this.#isHalfClosed = true;
    });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": this.#status, "x-said": "1" }));
  }

  get received(): readonly StreamMessage[] {
    return this.#inbox.messages;
  }

  get state(): PeerStream["state"] {
    if (this.#stream.closed) return "over";
    return this.#isHalfClosed ? "half-closed" : "open";
  }

  send(message: StreamMessage): void {
    this.#respond();
    this.#stream.write(frame(message));
  }

  hold(): void {
    this.#stream.pause();
  }

  read(): void {
    this.#stream.resume();
  }

  end(): void {
    this.#respond();
    this.#stream.end();
  }

  fail(why: PeerEnd): void {
    this.#status = statuses[why];
    this.end();
  }

  #respond(): void {
    if (!this.#stream.headersSent) this.#stream.respond(grpcHeaders, { waitForTrailers: true });
  }
}

export async function startHttp2Peer(opened: (stream: PeerStream) => void): Promise<Peer> {
  const streams: PeerStream[] = [];
  const server = await ScriptedServer.start((stream) => {
    const one = new Http2PeerStream(stream);
    streams.push(one);
    opened(one);
  });
  return {
    streams,
    get port() {
      return server.port;
    },
    get connections() {
      return server.accepted;
    },
    drain: () => server.goaway(),
    cut: () => server.cut(),
    close: () => server.close(),
  };
}
