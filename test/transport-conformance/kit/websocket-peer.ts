/** The peer of transports that speak WebSocket: a Phoenix channel on the package `ws`. A stream is a register request. */
import type { AddressInfo, Socket } from "node:net";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import type { Peer, PeerStream } from "./peer.js";

type Frame = readonly [string | null, string | null, string, string, Readonly<Record<string, unknown>>];

const ok = { status: "ok", response: {} };

class SocketPeerStream implements PeerStream {
  readonly received: StreamMessage[] = [];
  readonly #ws: WebSocket;
  readonly #joinRef: string | null;
  #ref = 0;

  constructor(ws: WebSocket, joinRef: string | null) {
    this.#ws = ws;
    this.#joinRef = joinRef;
  }

  get state(): PeerStream["state"] {
    return this.#ws.readyState === this.#ws.OPEN ? "open" : "over";
  }

  send(message: StreamMessage): void {
    this.#ref += 1;
    const data = Buffer.from(toBinary(StreamMessageSchema, message)).toString("base64");
    this.#ws.send(JSON.stringify([this.#joinRef, String(this.#ref), "connector:lobby", "proto", { data }]));
  }

  hold(): void {
    this.#ws.pause();
  }

  read(): void {
    this.#ws.resume();
  }

  end(): void {
    this.#ws.close(1000);
  }

  fail(): void {
    this.#ws.close(1011, "no");
  }
}

export async function startWebSocketPeer(opened: (stream: PeerStream) => void): Promise<Peer> {
  const streams: SocketPeerStream[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, path: "/socket/connector/websocket" });
  server.on("connection", (ws, request) => {
    connections += 1;
    sockets.add(request.socket);
    ws.on("error", () => {});
    let last: SocketPeerStream | undefined;
    ws.on("message", (data) => {
      const [joinRef, ref, topic, event, payload]: Frame = JSON.parse(String(data));
      if (event !== "proto") return ws.send(JSON.stringify([joinRef, ref, topic, "phx_reply", ok]));
      const message = fromBinary(StreamMessageSchema, Buffer.from(String(payload.data), "base64"));
      if (message.message.case === "registerRequest") {
        last = new SocketPeerStream(ws, joinRef);
        streams.push(last);
        last.received.push(message);
        opened(last);
      } else last?.received.push(message);
    });
  });
  await new Promise((resolve) => server.once("listening", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    streams,
    get port() {
      return (server.address() as AddressInfo).port;
    },
    get connections() {
      return connections;
    },
    drain() {
      throw new Error("A Phoenix channel has no word for it.");
    },
    cut,
    close: () => {
      cut();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}
