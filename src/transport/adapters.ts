/**
 * The adapters by name, a row each. All make the same promises and pass the same tests; `h2` is the fastest and the
 * default, the others are on the libraries as they are, to compare with or to fall back to.
 */
import type { TransportAdapter, WireKind } from "./transport.js";

export interface AdapterRow {
  /** What gateways are dialled with: addresses of another kind are refused. */
  readonly speaks: WireKind;
  /** It is loaded with the first stream, with its libraries, so that nobody pays for what is not used. */
  readonly adapter: () => Promise<TransportAdapter>;
}

/** The name of a transport. */
export type TransportName = "h2" | "lean" | "connect" | "grpc-js" | "websocket";

/** What a runtime is given: `auto` finds out whether gRPC or WebSocket leads to the gateway. */
export type TransportSetting = TransportName | "auto";

export const adapters = {
  h2: { speaks: "gRPC", adapter: async () => (await import("./h2/transport.js")).h2Adapter },
  lean: { speaks: "gRPC", adapter: async () => (await import("./lean/transport.js")).leanAdapter },
  connect: { speaks: "gRPC", adapter: async () => (await import("./connect/transport.js")).connectAdapter },
  "grpc-js": { speaks: "gRPC", adapter: async () => (await import("./grpc-js/transport.js")).grpcJsAdapter },
  websocket: {
    speaks: "WebSocket",
    adapter: async () => (await import("./websocket/transport.js")).webSocketAdapter,
  },
} as const satisfies Readonly<Record<TransportName, AdapterRow>>;

/** The transports that come with the package. */
export const transportNames = Object.keys(adapters) as readonly TransportName[];

/** What a runtime takes, by name. */
export const transportSettings: readonly TransportSetting[] = [...transportNames, "auto"];

export const adapterRow = (name: TransportName): AdapterRow => adapters[name];
