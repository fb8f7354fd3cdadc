/**
 * A peer of any transport, as a test of the contract sees it: told in messages what to do, never in frames. A transport
 * that speaks something new brings such a peer here, and is in `contract.test.ts`.
 */
import type { StreamMessage } from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import type { WireKind } from "../../../src/transport/transport.js";
import { startHttp2Peer } from "./http2-peer.js";
import { startWebSocketPeer } from "./websocket-peer.js";

/** How a peer ends a stream by a code of its own. */
export type PeerEnd = "identity" | "request" | "access" | "unavailable" | "exhausted" | "other";

export interface PeerStream {
  /** What has come, in order. */
  readonly received: readonly StreamMessage[];
  readonly state: "open" | "half-closed" | "over";
  send(message: StreamMessage): void;
  /** Stops reading; `read` goes on. */
  hold(): void;
  read(): void;
  /** Ends it in order, after what was sent. */
  end(): void;
  fail(why: PeerEnd): void;
}

export interface Peer {
  readonly port: number;
  /** All there ever were, in the order of their opening. */
  readonly streams: readonly PeerStream[];
  /** Connections there ever were. */
  readonly connections: number;
  /** Asks every connection back; its streams go on. */
  drain(): void;
  cut(): void;
  close(): Promise<void>;
}

/** `opened` is called for each stream, before anything has come on it. */
export type StartPeer = (opened: (stream: PeerStream) => void) => Promise<Peer>;

/** By what it speaks. */
export const peers: Readonly<Partial<Record<WireKind, StartPeer>>> = {
  gRPC: startHttp2Peer,
  WebSocket: startWebSocketPeer,
};
