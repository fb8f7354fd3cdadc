/** Checks a gateway's WebSocket as connectors use it: the upgrade, and the join of their channel. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { WebSocket } from "ws";
import { codeOf } from "../errors.js";
import { throughTunnel } from "../network/proxy/through-tunnel.js";
import type { Endpoint } from "../protocol/endpoint.js";
import { FrameWriter, frameOf, replyOf, socketPath } from "../protocol/phoenix-frames.js";
import { type TlsOptions, tlsConnectionOptions } from "../transport/tls.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, fail } = findingsOf("gateway");

export interface WebSocketRoad {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
  /** Opens the way through the proxy; undefined where none is to be taken. */
  readonly tunnel: (() => Promise<Socket>) | undefined;
  readonly limitMs: number;
}

/** Why the channel does not open, without a word of the peer's. */
interface Trouble {
  readonly code: string;
  readonly fix: string;
}

const look = "look at the gateway's log for why it does not open its channel for connectors";

const address = `check that this is a gateway's address, and that what lies between lets WebSocket through to ${socketPath}`;

function dial({ endpoint: { host, port, authority, tls: isTls }, tls, tunnel }: WebSocketRoad): WebSocket {
  const secure = isTls ? tlsConnectionOptions(tls, host, ["http/1.1"]) : undefined;
  const target = { host, port };
  const securedOn = (socket: Socket) => (secure ? connectTls({ ...secure, ...target, socket }) : socket);
  return new WebSocket(`${isTls ? "wss" : "ws"}://${authority}${socketPath}?vsn=2.0.0`, [], {
    perMessageDeflate: false,
    followRedirects: false,
    createConnection: tunnel
      ? throughTunnel(() => tunnel().then(securedOn))
      : () => (secure ? connectTls({ ...secure, ...target }) : connectTcp(target)),
  });
}

/** Undefined: the channel has opened. */
function joined(socket: WebSocket, limitMs: number): Promise<Trouble | undefined> {
  const writer = new FrameWriter();
  return new Promise((resolve) => {
    const silence = {
      code: "TIMEOUT",
      fix: "check firewalls and proxies on the way, and whether the gateway is stuck",
    };
    const timer = setTimeout(() => resolve(silence), limitMs);
    socket.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: `WS_${code}`, fix: look });
    });
    socket.on("unexpected-response", (request, response) => {
      resolve({ code: `HTTP_${response.statusCode}`, fix: address });
      request.destroy();
    });
    socket.on("error", (error) => {
      const fix =
        "check that this is the gateway's address, and that what lies between lets WebSocket through";
      resolve({ code: codeOf(error), fix });
    });
    socket.on("open", () => socket.send(writer.join()));
    socket.on("message", (data) => {
      const frame = frameOf(String(data));
      const reply = frame && replyOf(frame);
      if (!reply || frame.ref !== writer.joinRef) return;
      resolve(reply.status === "ok" ? undefined : { code: "JOIN_REFUSED", fix: look });
    });
  });
}

/** Ends within `limitMs`; registers nobody. */
export async function checkWebSocket(road: WebSocketRoad): Promise<Finding> {
  const { authority } = road.endpoint;
  const socket = dial(road);
  const trouble = await joined(socket, road.limitMs);
  socket.terminate();
  if (!trouble) return ok(`WebSocket: ${authority} opens its channel for connectors`);
  return fail(
    `WebSocket: ${authority} does not open its channel for connectors (${trouble.code})`,
    trouble.fix,
  );
}
