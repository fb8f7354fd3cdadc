// The load driver: a gateway that does as little as possible, in a process of its own. Replays pre-encoded request
// frames to registered streams; counts registrations and connections. Does what its parent says.
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:http2";
import { WebSocketServer } from "ws";
import { Board } from "./driver/board.mjs";
import { Load } from "./driver/load.mjs";
import { RelayLoad, startBackend } from "./driver/relay.mjs";
import { GatewaySocket } from "./driver/socket.mjs";
import { GatewayStream } from "./driver/stream.mjs";

const board = new Board();
const server = createServer({
  settings: { maxConcurrentStreams: 1_000, initialWindowSize: 4 * 1024 * 1024 },
});
server.on("session", (session) => {
  board.connected(session);
  session.setLocalWindowSize(64 * 1024 * 1024);
  session.on("error", () => {});
});
server.on("stream", (http2) => board.opened(new GatewayStream(http2, board)));

const http = createHttpServer();
const sockets = new WebSocketServer({ server: http });
sockets.on("connection", (ws, { socket }) => {
  board.connected(socket.setNoDelay(true));
  new GatewaySocket(ws, socket, board);
});

async function measure(shape) {
  board.load = new Load(board.registered, shape);
  return board.load.run(() => process.send({ counting: true }));
}

const backend = createHttpServer();
startBackend(backend);

function relayed(shape) {
  board.relay = new RelayLoad(shape);
  return board.relay.run(board.registered[0], () => process.send({ counting: true }));
}

process.on("message", async ({ until, load, storm, relay }) => {
  if (until !== undefined) process.send({ registered: await board.until(until) });
  if (load) process.send({ result: await measure(load) });
  if (relay) process.send({ relayed: await relayed(relay) });
  if (storm) process.send({ storm: await board.storm(storm) });
});
process.on("disconnect", () => process.exit());
const listening = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
await Promise.all([server, http, backend].map(listening));
const portOf = (server) => server.address().port;
process.send({ ports: { grpc: portOf(server), socket: portOf(http), backend: portOf(backend) } });
