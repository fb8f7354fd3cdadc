/** The adapter that is used when none is asked for; the one place that says so (`docs/performance.md` tells why). */
import type { TransportName } from "./adapters.js";
import type { WireKind } from "./transport.js";

export const defaultTransport: TransportName = "h2";

/** By what the gateway is dialled with. */
export const defaultTransports: Readonly<Record<WireKind, TransportName>> = {
  gRPC: defaultTransport,
  WebSocket: "websocket",
};
