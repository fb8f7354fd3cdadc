import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ExecuteResponseSchema,
  RegisterConnectorRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { parseEndpoint } from "../../src/protocol/endpoint.js";
import { channelPool } from "../../src/transport/channel.js";
import { createConnectTransport } from "../../src/transport/connect.js";
import { createGrpcJsTransport } from "../../src/transport/grpc-js/transport.js";
import { createLeanTransport } from "../../src/transport/lean/transport.js";
import type { TransportOptions } from "../../src/transport/options.js";
import type { StreamEnding, StreamSink, Transport } from "../../src/transport/transport.js";
import { eventually } from "../support/until.js";

const ends: (() => Promise<unknown> | unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A raw HTTP/2 server: what it gets, and full control of what it sends. */
async function rawServer(
  serve: (stream: ServerHttp2Stream) => void,
  host = "127.0.0.1",
  maxConcurrentStreams = 1_000,
) {
  const server: Http2Server = createServer({ settings: { maxConcurrentStreams } });
  const sessions = new Set<{ destroy(): void; goaway(): void }>();
  let accepts = 0;
  server.on("session", (session) => {
    accepts += 1;
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  server.on("stream", (stream) => {
    stream.on("error", () => {});
    serve(stream);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  ends.push(() => {
    for (const session of sessions) session.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  return { port, sessions, accepts: () => accepts };
}

const adapters = {
  connect: createConnectTransport,
  lean: createLeanTransport,
  "grpc-js": createGrpcJsTransport,
};
let createTransport: (options: TransportOptions) => Transport = createLeanTransport;

function transportTo(
  port: number,
  options: { places?: number; host?: string; timeoutMs?: number } = {},
): Transport {
  const transport = createTransport({
    endpoint: parseEndpoint(`grpc://${options.host ?? "127.0.0.1"}:${port}`),
    tls: {},
    maxStreamsPerChannel: options.places ?? 80,
    connectTimeoutMs: options.timeoutMs ?? 2_000,
    ping: { intervalMs: 30_000, timeoutMs: 10_000 },
    maxMessageBytes: 4 * 1024 * 1024,
  });
  ends.push(() => transport.close());
  return transport;
}

function recorder() {
  const seen = { messages: [] as StreamMessage[], writable: 0, goaways: 0, endings: [] as StreamEnding[] };
  const sink: StreamSink = {
    message: (message) => void seen.messages.push(message),
    writable: () => {
      seen.writable += 1;
    },
    goaway: () => {
      seen.goaways += 1;
    },
    ended: (ending) => void seen.endings.push(ending),
  };
  return { seen, sink };
}

const first = create(StreamMessageSchema, {
  message: { case: "registerRequest", value: create(RegisterConnectorRequestSchema, { tenantId: "t" }) },
});

const answerOf = (bytes: number) =>
  create(StreamMessageSchema, {
    message: {
      case: "executeResponse",
      value: create(ExecuteResponseSchema, { payload: new Uint8Array(bytes) }),
    },
  });

const open = (transport: Transport, sink: StreamSink, signal = new AbortController().signal) =>
  transport.open({ first, sink, signal, timeoutMs: 2_000 });

const headers = { ":status": 200, "content-type": "application/grpc" };

describe.each(Object.keys(adapters) as (keyof typeof adapters)[])("a stream over the %s adapter", (name) => {
  beforeEach(() => {
    createTransport = adapters[name];
  });

  it("writes the register request before any response header, with the headers of the contract", async () => {
    let asked: Record<string, unknown> = {};
    let early = Buffer.alloc(0);
    const server = await rawServer((stream) => {
      asked = { ...stream.sentHeaders };
      stream.on("data", (chunk: Buffer) => {
        early = Buffer.concat([early, chunk]);
        asked.respondedBefore = stream.headersSent;
      });
    });
    const { sink, seen } = recorder();
    await open(transportTo(server.port), sink);
    await eventually(() => early.length > 5);
    expect(asked.respondedBefore).toBe(false);
    expect(early.readUInt8(0)).toBe(0);
    expect(seen.endings).toEqual([]);
  });

  it("delivers messages in order and ends as the peer's when it closes with OK", async () => {
    const server = await rawServer((stream) => {
      stream.respond(headers, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      // Two empty messages, then the end.
      stream.end(Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]));
    });
    const { sink, seen } = recorder();
    await open(transportTo(server.port), sink);
    await eventually(() => seen.endings.length === 1);
    expect(seen.messages).toHaveLength(2);
    expect(seen.endings).toEqual([
      { by: "peer", status: 0, statusFromPeer: true, failure: { cause: "server-closed" } },
    ]);
  });

  it("tells a status of the peer from one made up locally", async () => {
    const statuses = await rawServer((stream) =>
      stream.respond({ ...headers, "grpc-status": "3" }, { endStream: true }),
    );
    const first = recorder();
    await open(transportTo(statuses.port), first.sink);
    await eventually(() => first.seen.endings.length === 1);
    expect(first.seen.endings[0]).toMatchObject({
      by: "peer",
      status: 3,
      statusFromPeer: true,
      failure: { cause: "status", code: "INVALID_ARGUMENT" },
    });
    const resets = await rawServer((stream) => stream.close(8));
    const second = recorder();
    await open(transportTo(resets.port), second.sink);
    await eventually(() => second.seen.endings.length === 1);
    expect(second.seen.endings[0]).toMatchObject({ by: "link", statusFromPeer: false });
  });

  it("reports every socket loss as a lost connection", async () => {
    const server = await rawServer((stream) => stream.respond(headers));
    const { sink, seen } = recorder();
    await open(transportTo(server.port), sink);
    for (const session of server.sessions) session.destroy();
    await eventually(() => seen.endings.length === 1);
    expect(seen.endings[0]?.failure.cause).toBe("connection-lost");
  });

  it("pushes back when the peer does not read, and says when there is room again", async () => {
    let peer: ServerHttp2Stream | undefined;
    const server = await rawServer((stream) => {
      peer = stream;
      stream.respond(headers);
      stream.pause();
    });
    const { sink, seen } = recorder();
    const stream = await open(transportTo(server.port), sink);
    await eventually(() => peer !== undefined);
    let sent = 0;
    while (stream.send(answerOf(64 * 1024)) && sent < 1_000) sent += 1;
    expect(sent).toBeLessThan(100);
    expect(stream.bufferedBytes).toBeGreaterThan(512 * 1024);
    peer?.resume();
    await eventually(() => seen.writable === 1);
    expect(stream.bufferedBytes).toBeLessThan(512 * 1024);
  });

  it("stops reading while paused, so that flow control holds the peer", async () => {
    let written = 0;
    const server = await rawServer((stream) => {
      stream.respond(headers);
      const body = toBinary(StreamMessageSchema, answerOf(64 * 1024));
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(body.length, 1);
      const frame = Buffer.concat([prefix, body]);
      const more = () => {
        let hasRoom = true;
        while (hasRoom && written < 1_000) {
          hasRoom = stream.write(frame);
          written += 1;
        }
      };
      stream.on("drain", more);
      more();
    });
    const { sink, seen } = recorder();
    const stream = await open(transportTo(server.port), sink);
    stream.pause();
    const before = seen.messages.length;
    await eventually(() => written > 4);
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(seen.messages.length).toBeLessThanOrEqual(before + 1);
    expect(written).toBeLessThan(1_000);
    stream.resume();
    await eventually(() => seen.messages.length > before + 10);
  });

  it("half-closes: the peer sees the end, may go on, and its end is a clean one", async () => {
    const server = await rawServer((stream) => {
      stream.respond(headers, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.resume();
      stream.on("end", () => {
        stream.write(Buffer.from([0, 0, 0, 0, 0]));
        stream.end();
      });
    });
    const { sink, seen } = recorder();
    const stream = await open(transportTo(server.port), sink);
    stream.halfClose();
    await eventually(() => seen.endings.length === 1);
    expect(seen.messages).toHaveLength(1);
    expect(seen.endings[0]?.failure.cause).toBe("server-closed");
    expect(stream.send(answerOf(1))).toBe(false);
  });

  it("frees its place at once when aborted, and tells the sink last", async () => {
    const server = await rawServer((stream) => stream.respond(headers));
    const transport = transportTo(server.port);
    const { sink, seen } = recorder();
    const stream = await open(transport, sink);
    expect(transport.channels()[0]?.streams).toBe(1);
    stream.abort();
    expect(transport.channels()[0]?.streams).toBe(0);
    expect(seen.endings).toMatchObject([{ by: "local" }]);
    stream.abort();
    expect(seen.endings).toHaveLength(1);
  });

  it("gives up an opening that is aborted while dialling, without leaving a place behind", async () => {
    const { createServer: createTcp } = await import("node:net");
    const sockets = new Set<{ destroy(): void }>();
    const silent = createTcp((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => silent.close(resolve));
    });
    const transport = transportTo((silent.address() as AddressInfo).port);
    const abort = new AbortController();
    const opening = open(transport, recorder().sink, abort.signal);
    await eventually(() => transport.channels()[0]?.state === "dialling");
    abort.abort(new Error("given up"));
    await expect(opening).rejects.toThrow("given up");
    expect(transport.channels()[0]?.streams ?? 0).toBe(0);
  });

  it("moves new streams away from a connection that is asked back, and closes it when it is empty", async () => {
    let streams = 0;
    const server = await rawServer((stream) => {
      streams += 1;
      stream.respond(headers);
    });
    const transport = transportTo(server.port);
    const one = recorder();
    const stream = await open(transport, one.sink);
    await eventually(() => streams === 1);
    for (const session of server.sessions) session.goaway();
    await eventually(() => one.seen.goaways === 1);
    await open(transport, recorder().sink);
    expect(server.accepts()).toBe(2);
    expect(transport.channels().map((channel) => channel.state)).toEqual(["draining", "ready"]);
    stream.abort();
    await eventually(() => transport.channels().length === 1);
  });

  it("respects a peer that allows fewer streams than we would place", async () => {
    const server = await rawServer((stream) => stream.respond(headers), "127.0.0.1", 3);
    const transport = transportTo(server.port);
    await Promise.all(Array.from({ length: 9 }, () => open(transport, recorder().sink)));
    expect(transport.channels().map((channel) => channel.streams)).toEqual([3, 3, 3]);
  });

  it("speaks IPv6", async () => {
    const server = await rawServer((stream) => stream.respond(headers), "::1");
    const transport = transportTo(server.port, { host: "[::1]" });
    await open(transport, recorder().sink);
    expect(transport.authority).toBe(`[::1]:${server.port}`);
  });

  it("ends every stream and socket on close, and opens no more", async () => {
    const server = await rawServer((stream) => stream.respond(headers));
    const transport = transportTo(server.port);
    const { sink, seen } = recorder();
    await open(transport, sink);
    await transport.close();
    expect(seen.endings).toHaveLength(1);
    await eventually(() => server.sessions.size === 0);
    await expect(open(transport, recorder().sink)).rejects.toMatchObject({
      failure: { cause: "outbound-closed" },
    });
  });
});

describe("the channel pool", () => {
  const options = {
    host: "127.0.0.1",
    authority: "127.0.0.1:1",
    tls: null,
    connectTimeoutMs: 500,
    pingIntervalMs: 30_000,
    pingTimeoutMs: 10_000,
  };

  it("[T12.6 #1] starts without a connection", () => {
    expect(channelPool({ ...options, places: 80 }).status()).toEqual([]);
  });

  it("refuses a channel without places", () => {
    expect(() => channelPool({ ...options, places: 0 })).toThrow(
      "maxStreamsPerChannel must be a whole number of at least 1; got 0.",
    );
  });

  it("shares one dial, and its failure, among all who wait for it", async () => {
    const pool = channelPool({ ...options, places: 80 });
    const waiting = Array.from({ length: 80 }, () => pool.acquire(new AbortController().signal));
    expect(pool.status()).toHaveLength(1);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map((one) => (one.status === "rejected" ? one.reason.failure.cause : "opened"))).toEqual(
      Array.from({ length: 80 }, () => "unreachable"),
    );
    expect(pool.status()).toEqual([]);
  });
});
