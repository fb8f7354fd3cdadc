/** A connection that has lived for so long that its stream identifiers run out (RFC 9113, section 5.1.1). */
import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { parseEndpoint } from "../../../src/protocol/endpoint.js";
import { h2Adapter } from "../../../src/transport/h2/transport.js";
import { eventually } from "../../support/until.js";
import { first } from "../../transport-conformance/kit/messages.js";
import { Recorder } from "../../transport-conformance/kit/recorder.js";
import { grpcHeaders } from "../../transport-conformance/kit/scripted-server.js";

const lastId = 2 ** 31 - 1;

vi.mock("../../../src/transport/h2/call-table.js", async (original) => {
  const { CallTable } = await original<typeof import("../../../src/transport/h2/call-table.js")>();
  return {
    CallTable: class extends CallTable {
      constructor() {
        super(2 ** 31 - 3);
      }
    },
  };
});

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it("takes the last identifier, and leaves the connection for a fresh one", async () => {
  const opened: { readonly port: number | undefined; readonly id: number | undefined }[] = [];
  const server = createServer();
  server.on("session", (session) => ends.push(() => session.destroy()));
  server.on("stream", (stream) => {
    opened.push({ port: stream.session?.socket.remotePort, id: stream.id });
    stream.on("error", () => {});
    stream.respond(grpcHeaders);
  });
  ends.push(() => server.close());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const transport = h2Adapter.create({
    endpoint: parseEndpoint(`grpc://127.0.0.1:${(server.address() as AddressInfo).port}`),
    tls: {},
    maxStreamsPerChannel: 80,
    maxRegistrationsPerSocket: 80,
    connectTimeoutMs: 60_000,
    ping: { intervalMs: 60_000, timeoutMs: 30_000 },
    maxMessageBytes: 4 * 2 ** 20,
  });
  ends.push(() => transport.close());
  const signal = new AbortController().signal;
  for (let streams = 0; streams < 3; streams++)
    await transport.open({ first, sink: new Recorder(), signal, timeoutMs: 60_000 });
  await eventually(() => opened.length === 3);
  expect(opened.map(({ id }) => id)).toEqual([lastId - 2, lastId, lastId - 2]);
  expect(opened[1]?.port).toBe(opened[0]?.port);
  expect(opened[2]?.port).not.toBe(opened[0]?.port);
  expect(transport.channels()).toMatchObject([
    { state: "draining", streams: 2 },
    { state: "ready", streams: 1 },
  ]);
});
