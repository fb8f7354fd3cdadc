/**
 * A gateway's end of WebSockets, written from the rules of the wire: frames go as the test says them. It answers joins
 * and heartbeats by itself, unless it is told not to.
 */
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { type WebSocket, WebSocketServer } from "ws";
import {
  type RegisterConnectorRequest,
  RegistrationStatus,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { isThroughProxy } from "./transports.js";

type Frame = readonly [
  joinRef: string | null,
  ref: string | null,
  topic: string,
  event: string,
  payload: Readonly<Record<string, unknown>>,
];

type Body = NonNullable<MessageInitShape<typeof StreamMessageSchema>["message"]>;

const lobby = "connector:lobby";
const ok = { status: "ok", response: {} };

const arnOf = (one: RegisterConnectorRequest): string =>
  `matrix:${one.tenantId}:${one.connectorType}:${one.instanceId}`;

export class PeerSocket {
  readonly ws: WebSocket;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly frames: Frame[] = [];
  readonly messages: StreamMessage[] = [];
  /** As the peer of a dead network: takes all, and says nothing. */
  silent = false;
  closed: { readonly code: number } | undefined;
  #joinRef: string | null = null;
  #ref = 0;

  constructor(ws: WebSocket, path: string, headers: Readonly<Record<string, unknown>>) {
    this.ws = ws;
    this.path = path;
    this.headers = headers;
    ws.on("close", (code) => {
      this.closed = { code };
    });
  }

  get registers(): readonly RegisterConnectorRequest[] {
    return this.messages.flatMap(({ message }) =>
      message.case === "registerRequest" ? [message.value] : [],
    );
  }

  take(text: string, registered: (request: RegisterConnectorRequest, socket: PeerSocket) => void): void {
    const frame: Frame = JSON.parse(text);
    this.frames.push(frame);
    if (this.silent) return;
    const [joinRef, ref, topic, event, payload] = frame;
    if (event === "phx_join") this.#joinRef = joinRef;
    if (event !== "proto") return this.frame([joinRef, ref, topic, "phx_reply", ok]);
    const one = fromBinary(StreamMessageSchema, Buffer.from(String(payload.data), "base64"));
    this.messages.push(one);
    const { message } = one;
    if (message.case === "registerRequest") registered(message.value, this);
    if (message.case === "heartbeatRequest") {
      const { gatewayId, timestampMs } = message.value;
      this.send({ case: "heartbeatResponse", value: { gatewayId, timestampMs } });
    }
  }

  frame(frame: Frame): void {
    this.ws.send(JSON.stringify(frame));
  }

  event(event: string, payload: Frame[4] = {}): void {
    this.#ref += 1;
    this.frame([this.#joinRef, String(this.#ref), lobby, event, payload]);
  }

  send(message: Body): void {
    this.event("proto", { data: Buffer.from(encoded(message)).toString("base64") });
  }
}

export const encoded = (message: Body): Uint8Array =>
  toBinary(StreamMessageSchema, create(StreamMessageSchema, { message }));

/** Says yes. */
export const accept = (request: RegisterConnectorRequest, socket: PeerSocket, arn = arnOf(request)): void =>
  socket.send({
    case: "registerResponse",
    value: { success: true, status: RegistrationStatus.APPROVED, connectorArn: arn },
  });

export interface PhoenixPeer extends AsyncDisposable {
  readonly url: string;
  readonly sockets: readonly PeerSocket[];
}

/** By TLS where the gateways of tests are. */
async function httpServer(): Promise<Server> {
  if (!isThroughProxy) return createServer();
  const { certificate } = await import("./wss-proxy.js");
  return createTlsServer(certificate);
}

export async function phoenixPeer(
  registered: (request: RegisterConnectorRequest, socket: PeerSocket) => void = accept,
): Promise<PhoenixPeer> {
  const sockets: PeerSocket[] = [];
  const http = await httpServer();
  const server = new WebSocketServer({ server: http });
  server.on("connection", (ws, { url = "", headers }) => {
    const socket = new PeerSocket(ws, url, headers);
    sockets.push(socket);
    ws.on("error", () => {});
    ws.on("message", (data) => socket.take(String(data), registered));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `${isThroughProxy ? "wss" : "ws"}://127.0.0.1:${(http.address() as AddressInfo).port}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const { ws } of sockets) ws.terminate();
      server.close();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
