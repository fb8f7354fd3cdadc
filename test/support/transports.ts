/** Which transports a test is about, and what it says where it has no subject over one of them. */
import type { Gateway } from "mooring/gateway";
import { adapterRow, type TransportName, transportNames } from "../../src/transport/adapters.js";

/** Those with streams of HTTP/2. */
export const grpcTransports: readonly TransportName[] = transportNames.filter(
  (name) => adapterRow(name).speaks === "gRPC",
);

/** The gateway's address, as this transport dials it. */
export function urlFor(gateway: Gateway, transport: TransportName): string {
  return gateway.url.replace(/^(?:grpc|ws)/, adapterRow(transport).speaks === "gRPC" ? "grpc" : "ws");
}

/** For `skipIf`, in the run over WebSocket (`TEST_TRANSPORT=websocket`); `why` says what is not there. */
export const onlyOverGrpc = (why: string): boolean =>
  process.env.TEST_TRANSPORT === "websocket" && why !== "";

/** What differs, for a test that holds over both. */
export const isOverWebSocket = process.env.TEST_TRANSPORT === "websocket";
