/** Which transports a test is about, and what it says where it has no subject over one of them. */
import type { Gateway } from "mooring/gateway";
import { expect } from "vitest";
import { adapterRow, type TransportName, transportNames } from "../../src/transport/adapters.js";

/** Those with streams of HTTP/2. */
export const grpcTransports: readonly TransportName[] = transportNames.filter(
  (name) => adapterRow(name).speaks === "gRPC",
);

/** The gateway's address, as this transport dials it. */
export function urlFor(gateway: Gateway, transport: TransportName): string {
  return gateway.url.replace(/^(?:grpc|ws)/, adapterRow(transport).speaks === "gRPC" ? "grpc" : "ws");
}

/** The runs over WebSocket: in the clear, and by TLS through a proxy (`wss-proxy.ts`). What differs, for a test that holds over both. */
export const isOverWebSocket = ["websocket", "wss-proxy"].includes(process.env.TEST_TRANSPORT ?? "");

/** For `skipIf`, in the runs over WebSocket; `why` says what is not there. */
export const onlyOverGrpc = (why: string): boolean => isOverWebSocket && why !== "";

/** The run by TLS through a proxy. */
export const isThroughProxy = process.env.TEST_TRANSPORT === "wss-proxy";

/** What everybody is told there, once: the proxy of the run takes no TLS itself. */
export const clearPassword = expect.stringMatching(
  /^The user name and password for the proxy 127\.0\.0\.1:\d+ go to it in clear: /,
);

/** The gateway's address with the port of what stands before it. */
export const urlBefore = (gateway: Gateway, port: number): string =>
  gateway.url.replace(/\d+$/, String(port));

/** For `skipIf`, in the run by TLS through a proxy; `why` says what the test has of its own there. */
export const notThroughProxy = (why: string): boolean => isThroughProxy && why !== "";
