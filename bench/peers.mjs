// Who is measured: bare clients, and Mooring with each of its adapters.
import { transportNames } from "mooring/transport";

/** Of `mooring/transport`; the first name is the default. */
const [fastest] = transportNames;

export const bare = "node-http2";
export const mooring = `mooring-${fastest}`;

export const peers = [
  { name: "connect-node", module: "connect-node", env: {} },
  { name: "grpc-js", module: "grpc-js", env: {} },
  { name: bare, module: "node-http2", env: {} },
  ...transportNames.map((name) => ({
    name: `mooring-${name}`,
    module: "mooring",
    env: { BENCH_TRANSPORT: name },
  })),
];

/** Answers without decoding; shows what the driver can do. */
export const replay = { name: "replay", module: "replay", env: {} };

export const peer = (name) => peers.find((one) => one.name === name);
