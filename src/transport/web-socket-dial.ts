/** Dials a gateway's WebSocket, through a proxy where there is one: for streams, and for the doctor that looks where they would go. */
import { type Socket, connect as tcpConnect } from "node:net";
import { WebSocket } from "ws";
import { nodeTls } from "../late-modules.js";
import { throughTunnel } from "../network/proxy/through-tunnel.js";
import type { Endpoint } from "../protocol/endpoint.js";
import { socketPath } from "../protocol/phoenix-frames.js";
import { type TlsOptions, tlsConnectionOptions } from "./tls.js";

export interface WebSocketDial {
  readonly endpoint: Endpoint;
  readonly tls: TlsOptions;
  /** Opens the way through the proxy; undefined: directly. */
  readonly tunnel: (() => Promise<Socket>) | undefined;
  /** Larger frames end the socket before they are read. Default: that of `ws`. */
  readonly maxFrameBytes?: number;
  /** Is given the socket, of TLS where there is TLS, before anything is on it. */
  readonly took?: (socket: Socket) => void;
}

/** Throws {@link TransportOpenError} (`tls`) for unusable material. */
export function dialWebSocket({ endpoint, tls, tunnel, maxFrameBytes, took }: WebSocketDial): WebSocket {
  const { host, port, authority } = endpoint;
  const secure = endpoint.tls ? tlsConnectionOptions(tls, host, ["http/1.1"]) : undefined;
  const opened = (carrier?: Socket): Socket => {
    const target = { host, port };
    const socket = secure
      ? nodeTls().connect({ ...secure, ...target, ...(carrier ? { socket: carrier } : {}) })
      : (carrier ?? tcpConnect(target));
    took?.(socket);
    return socket;
  };
  return new WebSocket(`${endpoint.tls ? "wss" : "ws"}://${authority}${socketPath}?vsn=2.0.0`, [], {
    perMessageDeflate: false,
    followRedirects: false,
    ...(maxFrameBytes === undefined ? {} : { maxPayload: maxFrameBytes }),
    createConnection: tunnel ? throughTunnel(() => tunnel().then(opened)) : () => opened(),
  });
}
