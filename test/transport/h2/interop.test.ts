/** The adapter against other servers, with settings that a client seldom meets: tiny windows, few streams, padding, no table. */
import { once } from "node:events";
import { constants, createServer, type ServerOptions } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/protocol/endpoint.js";
import { h2Adapter } from "../../../src/transport/h2/transport.js";
import type { Transport } from "../../../src/transport/transport.js";
import { peerServer } from "../../support/grpc-peer.js";
import { eventually } from "../../support/until.js";
import { answer, first, frame, Inbox, request } from "../../transport-conformance/kit/messages.js";
import { Recorder } from "../../transport-conformance/kit/recorder.js";
import { grpcHeaders } from "../../transport-conformance/kit/scripted-server.js";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function transportTo(port: number): Transport {
  const transport = h2Adapter.create({
    endpoint: parseEndpoint(`grpc://127.0.0.1:${port}`),
    tls: {},
    maxStreamsPerChannel: 80,
    maxRegistrationsPerSocket: 80,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 60_000, timeoutMs: 30_000 },
    maxMessageBytes: 4 * 2 ** 20,
  });
  ends.push(() => transport.close());
  return transport;
}

/** Answers each message with a request that has its id and `bytes` bytes, and keeps what came. */
async function echo(options: ServerOptions, bytes: number) {
  const inboxes: Inbox[] = [];
  const server = createServer(options);
  server.on("session", (session) => ends.push(() => session.destroy()));
  server.on("stream", (stream) => {
    const inbox = new Inbox();
    inboxes.push(inbox);
    stream.on("error", () => {});
    stream.respond(grpcHeaders, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("data", (chunk: Buffer) => {
      const before = inbox.ids.length;
      inbox.push(chunk);
      for (const id of inbox.ids.slice(before)) stream.write(frame(request(id, bytes)));
    });
    stream.on("end", () => stream.end());
  });
  ends.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, inboxes };
}

const ids = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}-${i}`);

const kinds: [name: string, options: ServerOptions, messages: number, bytes: number][] = [
  ["as it comes", {}, 200, 2_000],
  ["a window of one byte", { settings: { initialWindowSize: 1 } }, 2, 20],
  ["a window of 100 bytes", { settings: { initialWindowSize: 100 } }, 10, 3_000],
  ["a window of 2^31 - 1 bytes", { settings: { initialWindowSize: 2 ** 31 - 1 } }, 20, 100_000],
  ["no table for header fields", { settings: { headerTableSize: 0 } }, 10, 10],
  ["a list of few header fields", { settings: { maxHeaderListSize: 1_000 } }, 10, 10],
  ["frames of 2^24 - 1 bytes", { settings: { maxFrameSize: 2 ** 24 - 1 } }, 10, 100_000],
  ["two streams on a connection", { settings: { maxConcurrentStreams: 2 } }, 10, 10],
  ["as much padding as there can be", { paddingStrategy: constants.PADDING_STRATEGY_MAX }, 50, 5_000],
];

describe("node:http2 with", () => {
  it.each(kinds)("%s", async (_name, options, messages, bytes) => {
    const { port, inboxes } = await echo(options, bytes);
    const transport = transportTo(port);
    const links = await Promise.all(
      ids(5, "link").map(async (link) => {
        const sink = new Recorder();
        const signal = new AbortController().signal;
        const stream = await transport.open({ first, sink, signal, timeoutMs: 60_000 });
        return { link, sink, stream };
      }),
    );
    for (const { link, stream } of links)
      for (const id of ids(messages, link)) stream.send(answer(id, bytes));
    for (const { stream } of links) stream.halfClose();
    await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
    for (const { link, sink } of links) {
      expect(sink.ids).toEqual(ids(messages, link));
      expect(sink.endings).toMatchObject([{ failure: { cause: "server-closed" } }]);
      expect(sink.afterEnd).toEqual([]);
    }
    expect(inboxes.map((inbox) => inbox.ids).sort()).toEqual(
      links.map(({ link }) => ids(messages, link)).sort(),
    );
  });
});

describe("grpc-js with", () => {
  it.each([
    ["as it comes", {}],
    ["one stream on a connection", { "grpc.max_concurrent_streams": 1 }],
  ])("%s", async (_name, options) => {
    const server = await peerServer((call) => {
      call.on("data", (message) => {
        const id = message.execute_response?.request_id;
        if (id !== undefined)
          call.write({ execute_request: { request_id: id, payload: Buffer.alloc(5_000) } });
      });
      call.on("end", () => call.end());
    }, options);
    ends.push(() => server.close());
    const transport = transportTo(server.port);
    const links = await Promise.all(
      ids(3, "link").map(async (link) => {
        const sink = new Recorder();
        const stream = await transport.open({
          first,
          sink,
          signal: new AbortController().signal,
          timeoutMs: 60_000,
        });
        return { link, sink, stream };
      }),
    );
    for (const { link, stream } of links) for (const id of ids(100, link)) stream.send(answer(id, 3_000));
    for (const { stream } of links) stream.halfClose();
    await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
    for (const { link, sink } of links) expect(sink.ids).toEqual(ids(100, link));
  });
});
