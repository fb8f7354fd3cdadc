/** What comes on a shared socket and is no message: dropped, counted, said once; nobody's stream ends for it. */
import { createRuntime, silentLogger } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { PayloadEncoding } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "../support/connectors.js";
import { encoded, type PeerSocket, phoenixPeer } from "../support/phoenix-peer.js";
import { eventually, serving, untilStatus } from "../support/until.js";

/** No frame, no base64, no protobuf, and no data at all. */
const garbage: readonly ((ws: WebSocket, message: (payload: unknown) => string) => void)[] = [
  (ws) => ws.send("planted-secret, and no frame"),
  (ws) => ws.send("[1,2]"),
  (ws) => ws.send('{"topic":"connector:lobby"}'),
  (ws, message) => ws.send(message({ data: "planted-secret!" })),
  (ws, message) => ws.send(message({ data: Buffer.from("planted-secret").toString("base64") })),
  (ws, message) => ws.send(message({ data: 1 })),
  (ws, message) => ws.send(message({})),
  (ws) => ws.send(Buffer.from("planted-secret in bytes")),
];

function notes() {
  const said: unknown[] = [];
  const warn = (fields: object, words: string) => void said.push({ ...fields, words });
  return { said, logger: { ...silentLogger, warn } };
}

it("at a runtime is counted with its connection and logged once a socket, and both registrations serve on", async () => {
  const peer = await phoenixPeer();
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const { said, logger } = notes();
  const runtime = createRuntime({ url: peer.url, env: {}, strict: true, logger });
  onTestFinished(() => runtime.close());
  for (const instanceId of ["a", "b"]) runtime.add({ tenantId: "acme", instanceId, connector: echo });
  await runtime.start();
  const journals = () => ["a", "b"].map((name) => runtime.journal(`acme.echo_test.${name}`));
  const before = journals();
  const [socket] = peer.sockets as PeerSocket[];
  if (!socket) throw new Error("There is no socket.");
  for (const send of garbage)
    send(socket.ws, (payload) => JSON.stringify(["1", "9", "connector:lobby", "proto", payload]));
  // Others' events and topics are no garbage.
  socket.event("presence_state");
  socket.frame(["1", "9", "room:elsewhere", "proto", { data: "!" }]);
  for (const name of ["a", "b"])
    socket.ws.send(
      encoded({
        case: "executeRequest",
        value: {
          requestId: name,
          payload: Buffer.from("1"),
          payloadEncoding: PayloadEncoding.JSON,
          context: { connector_arn: `matrix:acme:echo_test:${name}` },
        },
      }),
    );
  const answered = () => socket.messages.filter(({ message }) => message.case === "executeResponse").length;
  await eventually(() => answered() === 2);
  expect(runtime.status().channels).toEqual([
    { id: 1, state: "ready", streams: 2, capacity: 512, unreadable: garbage.length, worker: null },
  ]);
  expect(said).toEqual([
    {
      connection: 1,
      bytes: 28,
      words: "what came on a WebSocket is no message; it was dropped, and what more comes is counted only",
    },
  ]);
  expect(journals()).toEqual(before);
});

it("at the embedded gateway is counted and logged once a socket, and its registrations serve on", async () => {
  const { said, logger } = notes();
  const gateway = await startGateway({ approval: "automatic", logger });
  onTestFinished(() => gateway.close());
  const ws = new WebSocket(`${gateway.url.replace("grpc", "ws")}/socket/connector/websocket?vsn=2.0.0`);
  onTestFinished(() => ws.terminate());
  await new Promise((resolve) => ws.once("open", resolve));
  const message = (payload: unknown) => JSON.stringify(["1", "9", "connector:lobby", "proto", payload]);
  ws.send('["1","1","connector:lobby","phx_join",{}]');
  const identity = { tenantId: "acme", connectorType: "raw", instanceId: "1" };
  ws.send(encoded({ case: "registerRequest", value: identity }));
  await gateway.until((one) => one.stats().accepted === 1);
  for (const send of garbage) send(ws, message);
  ws.send(
    message({ data: Buffer.from(encoded({ case: "heartbeatRequest", value: {} })).toString("base64") }),
  );
  await gateway.until((one) => one.stats().heartbeats === 1);
  expect(gateway.stats()).toMatchObject({ unreadableMessages: garbage.length, activeStreams: 1 });
  expect(said).toEqual([
    {
      bytes: 28,
      words: "what came on a WebSocket is no message; it was dropped, and what more comes is counted only",
    },
  ]);
});

it("that is text and no UTF-8 breaks WebSocket itself: the socket ends, and all are back on a fresh one", async () => {
  const peer = await phoenixPeer();
  onTestFinished(() => peer[Symbol.asyncDispose]());
  const runtime = createRuntime({
    url: peer.url,
    env: {},
    strict: true,
    backoff: { baseMs: 20, jitterMs: 0 },
  });
  onTestFinished(() => runtime.close());
  const keys = ["a", "b"].map(
    (instanceId) => runtime.add({ tenantId: "acme", instanceId, connector: echo }).key,
  );
  await runtime.start();
  const lost = keys.map((key) => untilStatus(runtime, key, (one) => !one.ready));
  peer.sockets[0]?.ws.send(Buffer.from([0xff, 0xfe]), { binary: false });
  for (const status of await Promise.all(lost))
    expect(status).toMatchObject({ cause: "wrong-protocol", code: "WS_ERR_INVALID_UTF8" });
  for (const key of keys) await untilStatus(runtime, key, serving);
  expect(peer.sockets).toHaveLength(2);
});
