// Who is measured: bare clients, and Mooring with each of its adapters. Over gRPC and over WebSocket apart: the frames
// are others, and so is what the driver can do.
import { transportNames } from "mooring/transport";

/** Of `mooring/transport`; the first name is the default. */
const [fastest] = transportNames;

export const bare = "node-http2";
export const mooring = `mooring-${fastest}`;

const adapter = (name) => ({ name: `mooring-${name}`, module: "mooring", env: { BENCH_TRANSPORT: name } });
const webSocket = "websocket";

export const peers = [
  { name: "connect-node", module: "connect-node", env: {} },
  { name: "grpc-js", module: "grpc-js", env: {} },
  { name: bare, module: "node-http2", env: {} },
  ...transportNames.filter((name) => name !== webSocket).map(adapter),
];

/** Answers without decoding; shows what the driver can do. */
export const replay = { name: "replay", module: "replay", env: {} };

export const bareSocket = "ws";
export const mooringSocket = `mooring-${webSocket}`;
export const socketPeers = [{ name: bareSocket, module: "ws", env: {} }, adapter(webSocket)];

/** As {@link replay}, over WebSocket. */
export const socketReplay = { name: "ws-replay", module: "ws-replay", env: {} };

export const peer = (name) => [...peers, ...socketPeers].find((one) => one.name === name);
