/** Bad WebSockets of pages, over real sockets: each is refused or closed in words and codes, and the next one is taken. */
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { appConnector, createRuntime, type Runtime } from "mooring";
import { type Gateway, startGateway, type WebSocketOptions } from "mooring/gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocketServer } from "ws";
import { coreOf } from "../../../src/gateway/embedded-gateway.js";
import { message } from "../../../src/gateway/unread.js";
import {
  type WebSocketCloseRequest,
  WebSocketCloseRequestSchema,
  WebSocketFrameSchema,
} from "../../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { take } from "../../support/relayed-frames.js";
import { isOverWebSocket } from "../../support/transports.js";
import { eventually } from "../../support/until.js";

const key = "acme.app-live.one";
let gateway: Gateway;
let runtime: Runtime;
const open: (() => Promise<unknown>)[] = [];
/** Of the backend. */
const connections = new Set<Socket>();

/** Echoes; at `/base/never` it takes a connection and says nothing. */
async function backend(): Promise<string> {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  http.on("upgrade", (request, socket, head) => {
    if (request.url === "/base/never") return void socket.resume();
    sockets.handleUpgrade(request, socket, head, (page) =>
      page.on("message", (data, isBinary) => page.send(data, { binary: isBinary })),
    );
  });
  http.on("connection", (socket) => {
    connections.add(socket);
    // The other side's end is its own, too.
    for (const over of ["error", "end"]) socket.on(over, () => socket.destroy());
    socket.on("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    for (const socket of connections) socket.destroy();
    await new Promise((resolve) => http.close(resolve));
  });
  return `ws://127.0.0.1:${(http.address() as AddressInfo).port}/base`;
}

beforeAll(async () => {
  const webSocket = { backend: await backend(), timeoutMs: 200 };
  gateway = await startGateway({ approval: "automatic", maxMessageBytes: 1024 * 1024 });
  open.push(() => gateway.close());
  runtime = createRuntime({ url: gateway.url, maxMessageBytes: 64 * 1024 });
  open.push(() => runtime.close());
  runtime.add({
    tenantId: "acme",
    instanceId: "one",
    connector: appConnector({ name: "Live", webSocket }),
  });
  await runtime.start();
});
afterAll(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** It takes the next one, on the stream that it has had all the time. */
async function isWell(): Promise<void> {
  const socket = await gateway.openWebSocket(key, { path: "/echo" });
  socket.send({ type: "text", text: "still here" });
  expect(await take(socket, 1)).toEqual([{ type: "text", text: "still here" }]);
  socket.close();
  expect(runtime.registration(key).status()).toMatchObject({ ready: true, work: { running: 0 } });
  expect(gateway.stats().streamsOpened).toBe(1);
}

const stream = () => {
  const found = coreOf(gateway)?.registry.get(key)?.stream;
  if (!found) throw new Error("It has no stream.");
  return found;
};

/** Sends what no gateway in its right mind does. */
function sendFrame(fields: MessageInitShape<typeof WebSocketFrameSchema>): void {
  stream().outbound.push(message({ case: "wsFrame", value: create(WebSocketFrameSchema, fields) }));
}

/** What the connector closes, its ids with their codes, from now on. */
function closes(): readonly string[] {
  const seen: string[] = [];
  const { sockets } = stream();
  const closed = sockets.closed.bind(sockets);
  sockets.closed = (close: WebSocketCloseRequest) => {
    seen.push(`${close.connectionId} ${close.code}`);
    closed(close);
  };
  return seen;
}

describe("an opening", () => {
  it.each<readonly [string, WebSocketOptions, RegExp]>([
    [
      "to a server that never accepts",
      { path: "/never" },
      /did not take the WebSocket: it did not answer in time/,
    ],
    ["above the server's path", { path: "/../../secret" }, /path of the WebSocket leads out of the app/],
    ["above it, encoded", { path: "/%2e%2e/secret" }, /path of the WebSocket leads out of the app/],
    [
      "with a header in a header",
      { headers: { "x-a": "b\r\nx-injected: c" } },
      /header .* no header can have/,
    ],
    ["with a header's name that is none", { headers: { "x a": "b" } }, /header .* no header can have/],
    [
      "with a header in a subprotocol",
      { headers: { "sec-websocket-protocol": "chat\r\nx-injected: c" } },
      /subprotocol .* character that none can have/,
    ],
  ])("%s is refused", async (_what, options, words) => {
    await expect(gateway.openWebSocket(key, options)).rejects.toMatchObject({
      code: "INVOKE_FAILED",
      message: expect.stringMatching(words),
    });
    await isWell();
  });

  it("above a message is refused, and not taken without what was cut off", async () => {
    const query = "x".repeat(100_000);
    await expect(gateway.openWebSocket(key, { path: "/echo", query })).rejects.toThrow(
      /message too large: the opening of 100\d+ bytes is above maxMessageBytes \(65536\)/,
    );
    await isWell();
  });

  it("to a server that never accepts is let go there, however many there are", async () => {
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => gateway.openWebSocket(key, { path: "/never" })),
    );
    expect(all.filter(({ status }) => status === "fulfilled")).toEqual([]);
    await isWell();
    await eventually(() => connections.size === 0);
  });
});

describe("a frame", () => {
  it("for a connection that is not open is answered by one close, where it is clear by whom", async () => {
    const seen = closes();
    for (let n = 0; n < 100; n += 1)
      sendFrame({ connectionId: "nobody", frameType: 2, data: new Uint8Array(10) });
    sendFrame({ connectionId: "nobody\r\nelse", frameType: 2 });
    const value = create(WebSocketCloseRequestSchema, { connectionId: "never was", code: 1000 });
    stream().outbound.push(message({ case: "wsCloseRequest", value }));
    await isWell();
    // On a socket that registrations share, nobody knows whose it should be: it is let go.
    expect(seen).toEqual(isOverWebSocket ? [] : ["nobody 1008", "nobody\r\nelse 1008"]);
  });

  it.each<readonly [string, MessageInitShape<typeof WebSocketFrameSchema>, number]>([
    ["text of invalid UTF-8", { frameType: 1, data: new Uint8Array([0xff, 0xfe]) }, 1007],
    ["of no type", { frameType: 0, data: new Uint8Array(1) }, 1003],
    ["of a type that there is not", { frameType: 99 as never, data: new Uint8Array(1) }, 1003],
    ["above the connector's limit", { frameType: 2, data: new Uint8Array(100_000) }, 1009],
  ])("%s closes its connection, and no other", async (_what, fields, code) => {
    const [bad, other] = await Promise.all([
      gateway.openWebSocket(key, { path: "/echo" }),
      gateway.openWebSocket(key, { path: "/echo" }),
    ]);
    sendFrame({ ...fields, connectionId: bad.connectionId });
    expect((await bad.closed).code).toBe(code);
    other.send({ type: "text", text: "untouched" });
    expect(await take(other, 1)).toEqual([{ type: "text", text: "untouched" }]);
    other.close();
    await isWell();
  });
});
